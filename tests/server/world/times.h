#pragma once

#include <optional>
#include <string>

#include "core/codecs/json.h"

namespace mibun::server {

// What of an answer of our own API is no time as promise WP-12a wants it: "2026-11-23T12:03:59+09:00", also with
// fractions. The place of the first: a text that begins like a time of another shape or zone, or a number as large as a
// time in seconds or milliseconds would be.
std::optional<std::string> wrong_time_in(const json::Value& value, const std::string& place = "answer");

}  // namespace mibun::server
