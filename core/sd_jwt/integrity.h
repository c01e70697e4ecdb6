#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/sd_jwt/algorithms.h"

namespace mibun::sd_jwt {

// "sha256-<base64>", several with spaces between: the integrity metadata of W3C Subresource Integrity, section 3, as
// SD-JWT VC, section 6 uses it beside a name with "#integrity". Fixes the bytes of a document that is fetched later.
class Integrity {
 public:
  // At most kIntegrityBytesMax characters. Algorithms that we do not know are passed over; options ("?...") are
  // ignored. A digest that is not one of its algorithm, by its length or its last bits, is of the form and matches
  // nothing. Errors: sd_jwt_integrity_malformed.
  static Result<Integrity> parse(std::string_view text);

  // The document's bytes as they arrived must have one of the digests of the strongest algorithm named.
  // Errors: sd_jwt_integrity_mismatch, also when no algorithm named is known to us.
  Status verify(BytesView document) const;

  const std::string& text() const { return text_; }
  friend bool operator==(const Integrity& a, const Integrity& b) { return a.text_ == b.text_; }

 private:
  Integrity() = default;
  std::string text_;
  DigestAlgorithm strongest_{};
  std::vector<Bytes> digests_;  // of the strongest algorithm
};

inline constexpr std::size_t kIntegrityBytesMax = 1024;

}  // namespace mibun::sd_jwt
