#pragma once

#include <optional>

#include "core/cose/headers.h"

// For the COSE files of this folder: the four elements that COSE_Sign1 and COSE_Mac0 share.
namespace mibun::cose::internal {

struct Message {
  Headers headers;
  std::optional<BytesView> payload;  // none: detached
  BytesView proof;                   // the signature or the tag
  cbor::ChunkStore chunks;           // what came in chunks
};

// Reads one message and nothing after it. Errors: cose_wrong_tag, cose_malformed, those of Headers::read, cbor_*.
Result<Message> parse_message(BytesView input, std::uint64_t tag, Tagging tagging);
// Reads the message that `reader` stands before.
Result<Message> read_message(cbor::Reader& reader, std::uint64_t tag, Tagging tagging);

// [context, protected, external data, payload]: Sig_structure and MAC_structure, RFC 9052, sections 4.4 and 6.3.
Bytes to_be_covered(std::string_view context, BytesView protected_bytes, BytesView external_data, BytesView payload);

// What a message says about itself besides its payload. Made messages have the algorithm, the type and the content type
// protected, kid and x5chain unprotected (as ISO/IEC 18013-5, section 9.1.2.4 wants).
struct HeaderValues {
  std::int64_t algorithm;
  std::string_view type, content_type;  // left out when empty
  std::optional<BytesView> key_id;
  std::span<const Bytes> x5chain;
};
Bytes write_protected(const HeaderValues& values);
// The four elements in their order; without a payload, null in its place: detached.
void write_elements(cbor::Writer& writer, BytesView protected_bytes, const HeaderValues& values,
                    std::optional<BytesView> payload, BytesView proof);

}  // namespace mibun::cose::internal
