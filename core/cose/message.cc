#include "core/cose/message.h"

#include <algorithm>

namespace mibun::cose::internal {
namespace {

// An empty map in a byte string means the same as an empty byte string: RFC 9052, section 3.
constexpr std::uint8_t kEmptyMap = 0xa0;

std::unexpected<Error> malformed(const char* why) {
  return fail(ErrorCode::cose_malformed, "cose", why);
}

Status read_tag(cbor::Reader& reader, std::uint64_t tag, Tagging tagging) {
  const auto wrong = [](const char* why) { return fail(ErrorCode::cose_wrong_tag, "cose", why); };
  if (!reader.next_is(cbor::Major::tag)) {
    return tagging == Tagging::required ? Status(wrong("the tag is missing")) : Status();
  }
  if (tagging == Tagging::forbidden) return wrong("a tag where none belongs");
  MIBUN_TRY(const std::uint64_t found, reader.read_tag());
  if (found != tag) return wrong("another kind of message");
  return {};
}

Status read_elements(cbor::Reader& reader, Message& message) {
  if (!reader.next_is(cbor::Major::array)) return malformed("a message is an array");
  MIBUN_TRY(cbor::Items items, reader.enter_array());
  const auto element = [&](cbor::Major major) { return reader.next(items) && reader.next_is(major); };
  if (!element(cbor::Major::byte_string)) return malformed("the first element is a byte string");
  // The unprotected map follows; Headers::read takes both.
  MIBUN_TRY(message.headers, Headers::read(reader, message.chunks));
  if (!reader.next(items) || !reader.next(items)) return malformed("a message has four elements");
  if (reader.next_is_null()) {
    MIBUN_CHECK(reader.read_null());
  } else if (reader.next_is(cbor::Major::byte_string)) {
    MIBUN_TRY(message.payload, reader.read_bytes());
  } else {
    return malformed("the payload is a byte string or null");
  }
  if (!element(cbor::Major::byte_string)) return malformed("the fourth element is a byte string");
  MIBUN_TRY(message.proof, reader.read_bytes());
  if (reader.next(items)) return malformed("a message has four elements");
  return {};
}

void write_unprotected(cbor::Writer& writer, const HeaderValues& values) {
  writer.map((values.key_id ? 1U : 0U) + (values.x5chain.empty() ? 0U : 1U));
  if (values.key_id) writer.integer(label::key_id).bytes(*values.key_id);
  if (values.x5chain.empty()) return;
  writer.integer(label::x5chain);
  if (values.x5chain.size() > 1) writer.array(values.x5chain.size());
  for (const Bytes& certificate : values.x5chain) writer.bytes(certificate);
}

}  // namespace

Result<Message> read_message(cbor::Reader& reader, std::uint64_t tag, Tagging tagging) {
  Message message;
  MIBUN_CHECK(read_tag(reader, tag, tagging));
  MIBUN_CHECK(read_elements(reader, message));
  return message;
}

Result<Message> parse_message(BytesView input, std::uint64_t tag, Tagging tagging) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(input, cbor::Form::well_formed, {.items_max = kMessageItemsMax, .bytes_max = kMessageBytesMax},
                      &chunks);
  MIBUN_TRY(Message message, read_message(reader, tag, tagging));
  MIBUN_CHECK(reader.finish());
  message.chunks.take(std::move(chunks));
  return message;
}

Bytes to_be_covered(std::string_view context, BytesView protected_bytes, BytesView external_data, BytesView payload) {
  const bool is_empty_map = protected_bytes.size() == 1 && protected_bytes[0] == kEmptyMap;
  cbor::Writer writer;
  writer.reserve(40 + context.size() + protected_bytes.size() + external_data.size() + payload.size());
  writer.array(4).text(context).bytes(is_empty_map ? BytesView() : protected_bytes).bytes(external_data).bytes(payload);
  return writer.take();
}

Bytes write_protected(const HeaderValues& values) {
  cbor::Writer writer;
  writer.reserve(32 + values.type.size() + values.content_type.size());
  writer.map(1U + (values.content_type.empty() ? 0U : 1U) + (values.type.empty() ? 0U : 1U));
  writer.integer(label::algorithm).integer(values.algorithm);
  if (!values.content_type.empty()) writer.integer(label::content_type).text(values.content_type);
  if (!values.type.empty()) writer.integer(label::type).text(values.type);
  return writer.take();
}

void write_elements(cbor::Writer& writer, BytesView protected_bytes, const HeaderValues& values,
                    std::optional<BytesView> payload, BytesView proof) {
  writer.array(4).bytes(protected_bytes);
  write_unprotected(writer, values);
  if (payload) {
    writer.bytes(*payload);
  } else {
    writer.null();
  }
  writer.bytes(proof);
}

}  // namespace mibun::cose::internal
