#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/jose/jwk_set.h"

namespace mibun::oid4vp {

// A verifier that the wallet knew before it asked: OpenID4VP 1.0, section 5.9.2.
//   {"client_id": "city-hall", "jwks": {"keys": [...]}, "response_uris": ["https://..."]}
struct KnownVerifier {
  std::string client_id;                   // without a colon
  jose::JwkSet keys;                       // that sign its requests
  std::vector<std::string> response_uris;  // where answers may go, compared as texts; redirect_uri among them

  json::Object to_json() const;
};

inline constexpr std::size_t kKnownVerifiersMax = 1000;

// The wallet's registry of them.
class KnownVerifiers {
 public:
  KnownVerifiers() = default;
  // At most kKnownVerifiersMax, each named once, with 1 to 20 addresses on https and at least one key for signatures.
  // Errors: oid4vp_registration_invalid at the member, private_key_rejected.
  static Result<KnownVerifiers> parse(const json::Array& array, const std::string& where);

  json::Array to_json() const;
  std::size_t size() const { return verifiers_.size(); }
  const KnownVerifier* find(std::string_view client_id) const;  // nullptr: nobody

 private:
  std::vector<KnownVerifier> verifiers_;
};

}  // namespace mibun::oid4vp
