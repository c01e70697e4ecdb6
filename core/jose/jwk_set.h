#pragma once

#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/jose/jwk.h"

namespace mibun::jose {

inline constexpr std::size_t kJwkSetBytesMax = 256 * 1024;
inline constexpr std::size_t kJwkSetKeysMax = 128;

// A set of public keys: RFC 7517, section 5.
//   {"keys": [ {JWK}, ... ]}
class JwkSet {
 public:
  // Keys that we cannot use (another kty or curve, missing or bad members) are left out, as section 5 says; a private
  // or symmetric key among them refuses the whole set, because it stands where the public looks. Errors:
  // jwk_set_malformed (no "keys" array, an element that is no object, too many), private_key_rejected.
  static Result<JwkSet> parse(const json::Object& object);
  // At most kJwkSetBytesMax. Errors: also json_*.
  static Result<JwkSet> parse(std::string_view text);

  const std::vector<Jwk>& keys() const { return keys_; }
  std::size_t ignored() const { return ignored_; }  // how many were left out

  // The one key named `kid` that may be used so; lives as long as the set. Keys of other uses may share a name, two
  // that fit may not: nobody shall win by standing first. Errors: jwk_not_found, jwk_ambiguous.
  Result<const Jwk*> find(std::string_view kid, KeyUse use) const;
  // For protocols that need no kid: the only key that may be used so. Errors: jwk_not_found, jwk_ambiguous.
  Result<const Jwk*> only(KeyUse use) const;

  json::Object to_json() const;

 private:
  std::vector<Jwk> keys_;
  std::size_t ignored_ = 0;
};

}  // namespace mibun::jose
