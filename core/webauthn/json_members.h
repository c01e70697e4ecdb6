#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/webauthn/malformed.h"

// Inside core/webauthn: members of WebAuthn's JSON forms.
namespace mibun::webauthn {

inline constexpr json::Limits kMessageLimits{.bytes_max = 64 * 1024, .depth_max = 16, .values_max = 2'000};

inline Result<Bytes> decode_member(std::string_view encoded, std::size_t size_max, std::string place) {
  if (base64url::decoded_size(encoded.size()) > size_max) return malformed(std::move(place), "it is too long");
  MIBUN_TRY(Bytes bytes, or_malformed(base64url::decode(encoded), place));
  if (bytes.empty()) return malformed(std::move(place), "it is empty");
  return bytes;
}

// A required member with one to `size_max` bytes in base64url.
inline Result<Bytes> bytes_member(json::ObjectReader& reader, std::string_view name, std::size_t size_max) {
  MIBUN_TRY(const std::string_view encoded, or_malformed(reader.string(name), reader.place(name)));
  return decode_member(encoded, size_max, reader.place(name));
}

inline Result<std::string> text_member(json::ObjectReader& reader, std::string_view name, std::size_t size_max) {
  MIBUN_TRY(const std::string_view text, or_malformed(reader.string(name), reader.place(name)));
  if (text.size() > size_max) return malformed(reader.place(name), "it is too long");
  return std::string(text);
}

inline Status expect_text(json::ObjectReader& reader, std::string_view name, std::string_view want) {
  MIBUN_TRY(const std::string_view text, or_malformed(reader.string(name), reader.place(name)));
  if (text != want) return malformed(reader.place(name), "not the value that is taken here");
  return {};
}

}  // namespace mibun::webauthn
