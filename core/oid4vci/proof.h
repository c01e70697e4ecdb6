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
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "core/status_list/status_reference.h"

namespace mibun::oid4vci {

// The key proof of type "jwt" (OpenID4VCI 1.0, appendix F.1): the holder of a key asks for a credential bound to it.
//   {"typ":"openid4vci-proof+jwt","alg":"ES256","jwk":{..},"key_attestation"?:".."}.
//   {"iss"?:client_id,"aud":credential_issuer,"iat":..,"nonce":..}
struct KeyProofRequest {
  std::string_view credential_issuer;
  std::string_view nonce;                           // c_nonce
  std::optional<std::string_view> client_id;        // absent when the access token was got anonymously
  std::optional<std::string_view> key_attestation;  // of this key and others, with the same nonce: appendix D
};
Result<std::string> make_key_proof(const KeyProofRequest& request, const crypto::P256Signer& signer, Instant now);

struct AnonymousClient {};  // "iss" must be absent
struct KnownClient {
  std::string_view client_id;  // "iss" is this or absent
};

// What the issuer demands of keys, as its metadata says (key_attestations_required, section 12.2.4). What a wallet
// sends decides nothing.
struct KeyAttestationNotUsed {};          // one in a proof is not read, the proof type attestation is refused
struct KeyAttestationRequired {           // every key is attested
  const crypto::TrustAnchors* providers;  // for wallet_provider; not null
  std::span<const std::string> key_storage, user_authentication;  // see KeyAttestationPolicy
};

struct KeyProofPolicy {
  std::string_view credential_issuer;  // "aud", byte for byte
  std::variant<AnonymousClient, KnownClient> client;
  std::variant<KeyAttestationNotUsed, KeyAttestationRequired> key_attestation;
  std::size_t keys_max;  // of one request, proven or attested: the batch size
  Instant now;
};

// Every proof of one request fits it: keys and the one nonce they share. Whether that nonce is live, and using it up,
// is for the server in the transaction that issues (docs/threat_model.md, R3); if it is not: oid4vci_invalid_nonce.
class VerifiedKeyProofs {
 public:
  // Proofs of type jwt, appendix F.1: one key each, all different. Where key attestations are required each proof has
  // one that names its key, and all keys of the attestations count ("SHOULD issue a Credential for each").
  // Errors: oid4vci_invalid_proof (its detail names the cause; also a missing nonce or attestation),
  // oid4vci_key_attestation_invalid, oid4vci_invalid_nonce (proofs and attestations that do not share one).
  static Result<VerifiedKeyProofs> verify(std::span<const std::string> proofs, const KeyProofPolicy& policy);
  // The proof of type attestation, appendix F.3: all attested keys, none of them shown in use. Errors:
  // oid4vci_invalid_proof (key attestations are not used here), oid4vci_key_attestation_invalid.
  static Result<VerifiedKeyProofs> verify_attestation(std::string_view attestation, const KeyProofPolicy& policy);

  // Proven keys in the order of `proofs`, then those that are attested beside them; all differ.
  const std::vector<jose::Jwk>& keys() const { return keys_; }
  const std::string& nonce() const { return nonce_; }
  // Where the attestations that count can be taken back; to be looked up before anything is issued.
  const std::vector<status_list::StatusReference>& attestation_statuses() const { return statuses_; }

 private:
  VerifiedKeyProofs() = default;
  Status add_proof(std::string_view text, const KeyProofPolicy& policy, const std::string& place);
  Status share_nonce(const std::string& nonce, const std::string& place);
  std::vector<jose::Jwk> keys_, attested_;
  std::string nonce_;
  std::vector<status_list::StatusReference> statuses_;
  // The last attestation that was verified and its keys, as the proofs of a batch share one.
  std::optional<std::string> attestation_;
  std::vector<jose::Jwk> named_;
};

}  // namespace mibun::oid4vci
