#include "core/mdoc/session_message.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  if (const auto message = mdoc::SessionEstablishment::parse(input)) {
    const auto again =
        mdoc::SessionEstablishment::parse(mdoc::encode_session_establishment(message->reader_key, message->data));
    MIBUN_INVARIANT(again.has_value() && again->reader_key == message->reader_key && again->data == message->data);
  }
  if (const auto message = mdoc::SessionData::parse(input)) {
    const Bytes encoded = !message->data    ? mdoc::encode_session_status(*message->status)
                          : message->status ? mdoc::encode_last_session_data(*message->data)
                                            : mdoc::encode_session_data(*message->data);
    const auto again = mdoc::SessionData::parse(encoded);
    MIBUN_INVARIANT(again.has_value() && again->data == message->data && again->status == message->status);
  }
  return 0;
}
