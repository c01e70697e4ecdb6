#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"

namespace mibun::oid4vci {

// DPoP (RFC 9449): a JWT in the DPoP header that shows who holds the key of an access token.
//   {"typ":"dpop+jwt","alg":"ES256","jwk":{...}}.{"jti":..,"htm":"POST","htu":"https://..","iat":..,"ath"?:..,"nonce"?:..}
struct DpopRequest {
  std::string_view method;                       // "POST"
  std::string_view url;                          // where the request goes; query and fragment are left out
  std::optional<std::string_view> access_token;  // at a protected resource: makes "ath"
  std::optional<std::string_view> nonce;         // the newest DPoP-Nonce of that server
};
// Errors: url_malformed, url_not_https, and those of the signer.
Result<std::string> make_dpop_proof(const DpopRequest& request, const crypto::P256Signer& signer, Instant now,
                                    Rng& rng);

// What the server knows about the request that the proof came with.
struct DpopAtTokenEndpoint {};  // no access token yet, any key: its thumbprint is what the token will be bound to
struct DpopAtResource {
  std::string_view access_token;  // as it came in the Authorization header
  std::string_view jkt;           // the thumbprint that the token is bound to
};
struct DpopNonceNotUsed {};   // a nonce in the proof is passed on and nothing else
struct DpopNonceRequired {};  // a proof without one is dpop_use_nonce; whether it is live, the caller looks up

struct DpopPolicy {
  std::string_view method;  // of the request, exact
  std::string_view htu;     // the endpoint's URL from our configured public origin, never from the Host header
  std::variant<DpopAtTokenEndpoint, DpopAtResource> endpoint;
  std::variant<DpopNonceNotUsed, DpopNonceRequired> nonce;
  Instant now;
};

// A proof whose signature and claims fit the request. Whether it was used before, only the server's storage can say:
// remember (jkt, jti) until `remember_until` in the same transaction as the effect (docs/threat_model.md, R3).
class VerifiedDpop {
 public:
  // `proof`: the value of the only DPoP header. Errors: dpop_invalid_proof (its detail names the cause),
  // dpop_wrong_key (another key than the token's), dpop_use_nonce.
  static Result<VerifiedDpop> verify(std::string_view proof, const DpopPolicy& policy);

  const std::string& jkt() const { return jkt_; }  // RFC 7638 thumbprint
  const std::string& jti() const { return jti_; }
  Instant iat() const { return iat_; }
  const std::optional<std::string>& nonce() const { return nonce_; }
  Instant remember_until() const;

 private:
  VerifiedDpop() = default;
  std::string jkt_, jti_;
  Instant iat_;
  std::optional<std::string> nonce_;
};

}  // namespace mibun::oid4vci
