#pragma once

#include <algorithm>
#include <string_view>

// For files in core/oid4vp only.
namespace mibun::oid4vp {

inline constexpr std::size_t kNonceSizeMin = 16;
inline constexpr std::size_t kTokenSizeMax = 512;

// nonce and state: ASCII URL safe characters (OpenID4VP 1.0, section 5.2).
constexpr bool is_token(std::string_view text) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
  };
  return !text.empty() && text.size() <= kTokenSizeMax && std::ranges::all_of(text, safe);
}

}  // namespace mibun::oid4vp
