#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mibun::sd_jwt {

inline constexpr std::size_t kSdJwtBytesMax = 2 * 1024 * 1024;
inline constexpr std::size_t kDisclosuresMax = 1000;

// "<issuer JWT>~<disclosure>~...~" or the same followed by "<key binding JWT>": RFC 9901, section 4. Split only:
// nothing in it is to be believed, and nothing is decoded.
class SdJwt {
 public:
  // The text is copied once and kept byte for byte; the parts are views into it.
  // Errors: sd_jwt_malformed (size, no "~", an empty part), sd_jwt_too_many_disclosures.
  static Result<SdJwt> parse(std::string_view text);

  const std::string& text() const { return text_; }
  std::string_view issuer_jwt() const { return view(issuer_jwt_); }
  std::size_t disclosure_count() const { return disclosures_.size(); }
  std::string_view disclosure(std::size_t i) const { return view(disclosures_[i]); }
  std::optional<std::string_view> kb_jwt() const {
    return kb_jwt_.size == 0 ? std::nullopt : std::optional(view(kb_jwt_));
  }
  // Everything before the key binding JWT, with the last "~": what sd_hash covers (section 4.3.1).
  std::string_view without_key_binding() const {
    return std::string_view(text_).substr(0, text_.size() - kb_jwt_.size);
  }

 private:
  struct Part {  // places, not views: they survive a move of the text
    std::size_t begin = 0, size = 0;
  };
  std::string_view view(Part part) const { return std::string_view(text_).substr(part.begin, part.size); }
  std::string text_;
  Part issuer_jwt_, kb_jwt_;
  std::vector<Part> disclosures_;
};

}  // namespace mibun::sd_jwt
