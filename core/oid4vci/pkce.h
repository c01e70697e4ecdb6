#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"

namespace mibun::oid4vci {

// The secret of one authorization (RFC 7636, section 4.1): 43 characters of base64url, made from 32 random bytes.
std::string make_code_verifier(Rng& rng);

// What of it travels first: BASE64URL(SHA-256(code_verifier)), method S256. "plain" is not offered: it would show the
// verifier to whoever reads the request.
class CodeChallenge {
 public:
  static CodeChallenge of(std::string_view code_verifier);
  // From a request, whose code_challenge_method is looked at elsewhere. Errors: oauth_invalid_request.
  static Result<CodeChallenge> parse(std::string_view text);

  const std::string& text() const { return text_; }

  // Whether `code_verifier` is the one, compared in constant time. Also a verifier of a shape that section 4.1 does not
  // allow cannot be. Errors: oauth_invalid_grant.
  Status check(std::string_view code_verifier) const;

  friend bool operator==(const CodeChallenge&, const CodeChallenge&) = default;

 private:
  explicit CodeChallenge(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace mibun::oid4vci
