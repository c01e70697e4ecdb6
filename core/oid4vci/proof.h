#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/jose/jwk.h"

namespace mibun::oid4vci {

// The key proof of type "jwt" (OpenID4VCI 1.0, appendix F.1): the holder of a key asks for a credential bound to it.
//   {"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":{..}}.{"iss"?:client_id,"aud":credential_issuer,"iat":..,"nonce":..}
struct KeyProofRequest {
  std::string_view credential_issuer;
  std::string_view nonce;                     // c_nonce
  std::optional<std::string_view> client_id;  // absent when the access token was got anonymously
};
Result<std::string> make_key_proof(const KeyProofRequest& request, const crypto::P256Signer& signer, Instant now);

struct AnonymousClient {};  // "iss" must be absent
struct KnownClient {
  std::string_view client_id;  // "iss" is this or absent
};

struct KeyProofPolicy {
  std::string_view credential_issuer;  // "aud", byte for byte
  std::variant<AnonymousClient, KnownClient> client;
  Instant now;
};

// Every proof of one request fits it: keys and the one nonce they share. Whether that nonce is live, and using it up,
// is for the server in the transaction that issues (docs/threat_model.md, R3); if it is not: oid4vci_invalid_nonce.
class VerifiedKeyProofs {
 public:
  // In the order of `proofs`; all keys differ. Errors: oid4vci_invalid_proof (its detail names the cause; also a
  // missing nonce), oid4vci_invalid_nonce (proofs that do not share one).
  static Result<VerifiedKeyProofs> verify(std::span<const std::string> proofs, const KeyProofPolicy& policy);

  const std::vector<jose::Jwk>& keys() const { return keys_; }
  const std::string& nonce() const { return nonce_; }

 private:
  VerifiedKeyProofs() = default;
  std::vector<jose::Jwk> keys_;
  std::string nonce_;
};

}  // namespace mibun::oid4vci
