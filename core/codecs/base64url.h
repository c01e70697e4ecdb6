#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::base64url {

// RFC 4648, section 5, without padding: the only form JOSE, SD-JWT and OpenID4VC use.
std::string encode(BytesView bytes);
inline std::string encode(std::string_view text) {
  return encode(as_bytes(text));
}

constexpr std::size_t encoded_size(std::size_t bytes) {
  return (bytes * 4 + 2) / 3;
}
// The same at the end of `out`, or into it: encoded_size(bytes.size()) characters, for which it must have room.
void append(std::string& out, BytesView bytes);
void encode_into(BytesView bytes, std::span<char> out);

// Refuses padding, whitespace, any other alphabet and non-zero trailing bits.
// Errors: base64url_bad_character, base64url_bad_length, base64url_trailing_bits.
Result<Bytes> decode(std::string_view text);

// Decodes into `out`, which must hold decoded_size(text.size()) bytes; returns the bytes written. No allocation.
Result<std::size_t> decode_into(std::string_view text, std::span<std::uint8_t> out);
constexpr std::size_t decoded_size(std::size_t encoded) {
  return encoded / 4 * 3 + (encoded % 4 ? encoded % 4 - 1 : 0);
}

}  // namespace mibun::base64url

namespace mibun::base64 {

// RFC 4648, section 4, with padding: x5c and PEM. decode refuses whitespace and missing padding (base64_malformed).
std::string encode(BytesView bytes);
Result<Bytes> decode(std::string_view text);

}  // namespace mibun::base64

namespace mibun::hex {

std::string encode(BytesView bytes);          // lower case
Result<Bytes> decode(std::string_view text);  // either case; hex_malformed

}  // namespace mibun::hex
