#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "core/oid4vci/provider_signer.h"
#include "core/status_list/status_reference.h"

// Key attestations: OpenID4VCI 1.0, appendix D. A wallet provider says where keys are kept and what guards their use.
//   {"typ":"key-attestation+jwt","alg":"ES256","x5c":[..]}.
//   {"iss"?:provider,"iat":..,"exp"?:..,"attested_keys":[{..}],"key_storage"?:["iso_18045_basic"],
//    "user_authentication"?:[..],"nonce"?:c_nonce,"status"?:{..}}
namespace mibun::oid4vci {

struct KeyAttestationRequest {
  std::string_view issuer;  // the wallet provider, a name of its certificate
  std::span<const crypto::P256PublicKey> keys;
  std::span<const std::string> key_storage, user_authentication;  // left out when empty: nothing is claimed
  std::string_view nonce;                                         // the c_nonce of the issuer they are for
  Instant issued_at, expires;
};
// Errors: those of the signer.
Result<std::string> make_key_attestation(const KeyAttestationRequest& request, const ProviderSigner& provider);

// In which place it stands.
enum class KeyAttestationUse {
  in_jwt_proof,  // header "key_attestation" of a proof of type jwt: exp is required (appendix D.1)
  as_proof,      // the proof of type attestation (appendix F.3)
};

struct KeyAttestationPolicy {
  const crypto::TrustAnchors& providers;  // for wallet_provider
  // Values of appendix D.2 or of an ecosystem; one of each list must be claimed. An empty list asks for nothing, as in
  // key_attestations_required (section 12.2.4).
  std::span<const std::string> key_storage, user_authentication;
  KeyAttestationUse use;
  std::size_t keys_max;
  Instant now;
};

// Signed by a provider we trust, fresh, and with the strength asked for. The nonce still has to be compared and used
// up, the status looked up.
class VerifiedKeyAttestation {
 public:
  // The detail names the cause. Errors: oid4vci_key_attestation_invalid (told as invalid_proof).
  static Result<VerifiedKeyAttestation> verify(std::string_view jwt, const KeyAttestationPolicy& policy);

  const std::vector<jose::Jwk>& keys() const { return keys_; }  // at least one, all different, on P-256
  const std::string& nonce() const { return nonce_; }
  const std::vector<std::string>& key_storage() const { return key_storage_; }
  const std::vector<std::string>& user_authentication() const { return user_authentication_; }
  const std::optional<status_list::StatusReference>& status() const { return status_; }

 private:
  VerifiedKeyAttestation() = default;
  std::vector<jose::Jwk> keys_;
  std::string nonce_;
  std::vector<std::string> key_storage_, user_authentication_;
  std::optional<status_list::StatusReference> status_;
};

}  // namespace mibun::oid4vci
