#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/oid4vci/provider_signer.h"
#include "core/status_list/status_reference.h"

// Attestation-based client authentication: draft-ietf-oauth-attestation-based-client-auth, -07 (which OpenID4VCI 1.0
// names) to -11; OpenID4VCI 1.0, appendix E; HAIP 1.0, section 4.4.1. A wallet provider vouches for the key of one
// wallet instance, and that key signs something fresh for each request.
//   OAuth-Client-Attestation:     {"typ":"oauth-client-attestation+jwt","alg":"ES256","x5c":[..]}.
//     {"iss"?:provider,"sub":client_id,"cnf":{"jwk":{..}},"iat"?:..,"exp":..,"wallet_name"?:..,"wallet_link"?:..}
//   OAuth-Client-Attestation-PoP: {"typ":"oauth-client-attestation-pop+jwt","alg":"ES256"}.
//     {"iss"?:client_id,"aud":authorization_server,"jti":..,"iat":..,"exp"?:..,"challenge"?:..}
// "exp" is of -05; it is written for servers that still ask for it, and kept to when it is there.
namespace mibun::oid4vci {

inline constexpr std::string_view kClientAttestationHeader = "OAuth-Client-Attestation";
inline constexpr std::string_view kClientAttestationPopHeader = "OAuth-Client-Attestation-PoP";
// In answers: the challenge for the next PoP.
inline constexpr std::string_view kAttestationChallengeHeader = "OAuth-Client-Attestation-Challenge";
// In token_endpoint_auth_methods_supported.
inline constexpr std::string_view kClientAttestationMethod = "attest_jwt_client_auth";

// What the challenge endpoint answers (section 6.1): {"attestation_challenge":".."}
struct AttestationChallenge {
  std::string text;  // at most kNonceCharactersMax

  static bool is_one(std::string_view text);
  json::Object to_json() const;
  // Errors: oid4vci_response_malformed.
  static Result<AttestationChallenge> parse(std::string_view body);
  friend bool operator==(const AttestationChallenge&, const AttestationChallenge&) = default;
};

struct ClientAttestationRequest {
  std::string_view issuer;  // the wallet provider, a name of its certificate; "iss", which -07 demands
  std::string_view client_id;
  crypto::P256PublicKey key;  // of the wallet instance
  std::string_view wallet_name, wallet_link;
  Instant issued_at, expires;
};
// Errors: those of the signer.
Result<std::string> make_client_attestation(const ClientAttestationRequest& request, const ProviderSigner& provider);

struct ClientAttestationPopRequest {
  std::string_view client_id;
  std::string_view authorization_server;      // its issuer identifier
  std::optional<std::string_view> challenge;  // the newest of that server
};
// Errors: those of the signer.
Result<std::string> make_client_attestation_pop(const ClientAttestationPopRequest& request,
                                                const crypto::P256Signer& key, Instant now, Rng& rng);

struct AttestationChallengeNotUsed {};   // a challenge in the PoP is passed on and nothing else
struct AttestationChallengeRequired {};  // without one: oauth_use_attestation_challenge; the caller looks it up

struct ClientAttestationPolicy {
  const crypto::TrustAnchors& providers;  // for wallet_provider
  // The one provider that may speak for this client: a name of the signer's certificate, and "iss" where there is one.
  // Without it every trusted provider could send wallets under another's client_id.
  std::string_view provider;
  std::string_view authorization_server;  // "aud" of the PoP: our issuer identifier, byte for byte
  // A client_id in the form beside the headers, when there was one: must be the same.
  std::optional<std::string_view> form_client_id;
  std::variant<AttestationChallengeNotUsed, AttestationChallengeRequired> challenge;
  seconds age_max;  // of the attestation: since "iat", or where it says none, until "exp"
  Instant now;
};

class VerifiedClientAttestation;

// Read, not verified: enough to look the client up.
class ClientAttestation {
 public:
  // Whether a request shows any part of it. If so, it has to be right, whatever else would have been enough.
  static bool is_shown(std::span<const HttpHeader> headers);
  // Exactly one header of each kind. Errors: oauth_invalid_client_attestation.
  static Result<ClientAttestation> parse(std::span<const HttpHeader> headers);

  const std::string& unverified_client_id() const { return client_id_; }

  // The detail names the cause. Errors: oauth_invalid_client_attestation, oauth_use_fresh_attestation (older
  // than the policy takes), oauth_use_attestation_challenge.
  Result<VerifiedClientAttestation> verify(const ClientAttestationPolicy& policy) const;

 private:
  ClientAttestation(jose::Jws attestation, jose::Jws pop)
      : attestation_(std::move(attestation)), pop_(std::move(pop)) {}
  Result<jose::Jwk> verify_attestation(const ClientAttestationPolicy& policy,
                                       std::optional<status_list::StatusReference>& status) const;
  jose::Jws attestation_, pop_;
  std::string client_id_;
};

// The request comes from a wallet instance that the provider vouches for. One use only: remember (jkt, jti) until
// `remember_until` in the transaction of the effect (docs/threat_model.md, R3).
class VerifiedClientAttestation {
 public:
  const std::string& client_id() const { return client_id_; }
  const std::string& jkt() const { return jkt_; }  // thumbprint of the instance's key
  const std::string& jti() const { return jti_; }
  const std::optional<std::string>& challenge() const { return challenge_; }
  // Where the provider says that the attestation can be taken back; to be looked up by the caller.
  const std::optional<status_list::StatusReference>& status() const { return status_; }
  Instant remember_until() const;

 private:
  friend class ClientAttestation;
  VerifiedClientAttestation() = default;
  std::string client_id_, jkt_, jti_;
  std::optional<std::string> challenge_;
  std::optional<status_list::StatusReference> status_;
  Instant iat_;
};

}  // namespace mibun::oid4vci
