#pragma once

#include <cstddef>
#include <string_view>

// What people write in their own words, in UTF-8 that the JSON reader has checked.
namespace mibun::server {

// Nothing that steers the terminal of whoever reads it: no control character (C0, DEL, C1) but line feeds.
bool is_plain_text(std::string_view text);

// Nothing but spaces, the ideographic one among them, and line feeds.
bool is_blank(std::string_view text);

// In characters, not bytes.
std::size_t count_characters(std::string_view text);

}  // namespace mibun::server
