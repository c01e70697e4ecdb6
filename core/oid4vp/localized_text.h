#pragma once

#include <string>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vp {

inline constexpr std::size_t kLocalizedTextBytesMax = 2000;

// What people read, in both languages of the wallet: {"ja": "...", "en": "..."}. Neither is ever empty.
struct LocalizedText {
  std::string ja, en;

  // Errors: json_* at `where`, json_bad_value (empty, or longer than kLocalizedTextBytesMax).
  static Result<LocalizedText> parse(const json::Object& object, const std::string& where);
  json::Object to_json() const;

  friend bool operator==(const LocalizedText&, const LocalizedText&) = default;
};

}  // namespace mibun::oid4vp
