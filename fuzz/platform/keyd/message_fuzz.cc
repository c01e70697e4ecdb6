#include "platform/keyd/message.h"

#include <algorithm>

using namespace mibun;
using namespace mibun::keyd;

// What parses has one form: written again it is the same bytes. An answer survives being passed on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView message(data, size);
  if (const auto request = Request::parse(message)) {
    const auto again = request->encode();
    MIBUN_INVARIANT(again.has_value() && std::ranges::equal(again->reveal(), message));
  }
  const auto answer = Answer::parse(message);
  const SecretBytes said = Answer::encode(answer);
  const auto heard = Answer::parse(said.reveal());
  MIBUN_INVARIANT(answer.has_value() == heard.has_value());
  if (answer) MIBUN_INVARIANT(*answer == *heard && std::ranges::equal(said.reveal(), message));
  if (!answer) MIBUN_INVARIANT(answer.error().code == heard.error().code);
  return 0;
}
