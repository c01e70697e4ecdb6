#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/public_key.h"
#include "core/crypto/x509.h"
#include "core/sd_jwt/algorithms.h"
#include "core/sd_jwt/integrity.h"
#include "core/sd_jwt/sd_jwt.h"

namespace mibun::sd_jwt {

inline constexpr std::string_view kCredentialTyp = "dc+sd-jwt";
inline constexpr std::string_view kKeyBindingTyp = "kb+jwt";

// Who the issuer is: SD-JWT VC, sections 2.2.2.3 and 2.5. With `required` "iss" must be there. With `from_certificate`
// it may be absent, and the subject of x5c's leaf is the issuer. In both cases an "iss" that is there must be a name
// in the leaf.
enum class IssuerName { required, from_certificate };

// Whose credentials, and which types. There is no default: an empty list of types accepts nothing.
struct IssuerPolicy {
  const crypto::TrustAnchors& anchors;  // purpose credential_issuer
  std::vector<std::string> vcts;        // accepted types, compared exactly with "vct" and each of "aka_vcts"
  seconds leeway{60};                   // for exp, nbf, iat of the issuer's JWT
  IssuerName issuer_name = IssuerName::required;
  AllowedSignatures issuer_algorithms{crypto::SignatureAlgorithm::es256};
  AllowedSignatures holder_algorithms{crypto::SignatureAlgorithm::es256};  // of the key in "cnf"
  AllowedDigests digests{DigestAlgorithm::sha256};                         // "_sd_alg"
  // Who we are, should a credential have an "aud". With none said, one that has it is refused.
  std::vector<std::string> audiences = {};
};

// What the key binding JWT must say: RFC 9901, section 7.3. Both strings are the verifier's own, never the message's.
struct KeyBindingPolicy {
  std::string audience;
  std::string nonce;
  seconds iat_past_max{300};
  seconds iat_future_max{60};
};

// "status": {"status_list": {"idx": 412, "uri": "https://..."}}: Token Status List, section 6. Not resolved here.
struct StatusReference {
  std::string uri;
  std::uint64_t index = 0;
  friend bool operator==(const StatusReference&, const StatusReference&) = default;
};

// What an SD-JWT VC says in the clear.
struct CredentialFacts {
  std::string vct;
  std::vector<std::string> aka_vcts;       // other types it is of as well; mostly empty
  std::optional<Integrity> vct_integrity;  // "vct#integrity", of the type metadata document
  std::string issuer;                      // "iss", or the certificate's subject
  crypto::PublicKey holder_key;            // "cnf"."jwk"
  std::optional<StatusReference> status;
  std::optional<Instant> expires;  // "exp"
};

// An SD-JWT VC (typ dc+sd-jwt) after every check of RFC 9901, section 7.1, and of the issuer policy. Made by
// verify_issued and, inside a VerifiedPresentation, by verify_presentation only.
class VerifiedSdJwt {
 public:
  // The processed payload: clear and disclosed claims, without "_sd", "_sd_alg" and placeholders.
  const json::Object& claims() const { return claims_; }
  const CredentialFacts& facts() const { return facts_; }
  const std::string& vct() const { return facts_.vct; }
  const std::vector<std::string>& aka_vcts() const { return facts_.aka_vcts; }
  const std::string& issuer() const { return facts_.issuer; }  // bound to the certificate's names
  const crypto::Certificate& issuer_certificate() const { return certificate_; }
  const crypto::CertificateChain& issuer_chain() const { return chain_; }  // x5c; its leaf is the certificate
  const crypto::PublicKey& holder_key() const { return facts_.holder_key; }
  const std::optional<StatusReference>& status() const { return facts_.status; }
  const std::optional<Instant>& expires() const { return facts_.expires; }

  const std::string& text() const { return sd_jwt_.text(); }  // what a wallet stores; parse again with HeldCredential
  const SdJwt& sd_jwt() const { return sd_jwt_; }
  std::string_view issuer_jwt() const { return sd_jwt_.issuer_jwt(); }

 private:
  friend struct Checker;  // verifier.cc
  VerifiedSdJwt(SdJwt sd_jwt, crypto::CertificateChain chain, crypto::Certificate certificate, CredentialFacts facts)
      : sd_jwt_(std::move(sd_jwt)),
        chain_(std::move(chain)),
        certificate_(std::move(certificate)),
        facts_(std::move(facts)) {}
  SdJwt sd_jwt_;
  json::Object claims_;
  crypto::CertificateChain chain_;
  crypto::Certificate certificate_;
  CredentialFacts facts_;
};

// An SD-JWT VC and the holder's signature over it for one audience and one nonce.
class VerifiedPresentation {
 public:
  const VerifiedSdJwt& credential() const { return credential_; }
  const json::Object& claims() const { return credential_.claims(); }
  const std::string& vct() const { return credential_.vct(); }
  const std::vector<std::string>& aka_vcts() const { return credential_.aka_vcts(); }
  const std::string& issuer() const { return credential_.issuer(); }
  const crypto::Certificate& issuer_certificate() const { return credential_.issuer_certificate(); }
  const crypto::CertificateChain& issuer_chain() const { return credential_.issuer_chain(); }
  const crypto::PublicKey& holder_key() const { return credential_.holder_key(); }
  const std::optional<StatusReference>& status() const { return credential_.status(); }
  const std::optional<Instant>& expires() const { return credential_.expires(); }
  std::string_view issuer_jwt() const { return credential_.issuer_jwt(); }
  const std::string& text() const { return credential_.text(); }

  std::string_view kb_jwt() const { return *credential_.sd_jwt().kb_jwt(); }
  // aud, nonce, iat, sd_hash and what else the holder signed.
  const json::Object& key_binding_payload() const { return key_binding_payload_; }

 private:
  friend struct Checker;
  VerifiedPresentation(VerifiedSdJwt credential, json::Object payload)
      : credential_(std::move(credential)), key_binding_payload_(std::move(payload)) {}
  VerifiedSdJwt credential_;
  json::Object key_binding_payload_;
};

// The verifier's door. `text`: compact, or for the ..._json doors the JSON serialisation of RFC 9901, section 8
// (parse_json says which). Status is the caller's next step (status()).
// Errors: sd_jwt_*, jws_*, jwt_*, certificate_*, jwk_*, base64url_*, json_*, status_reference_malformed,
//         algorithm_not_allowed (the key of the issuer or of the holder), sd_jwt_issuer_not_trusted (no x5c, or no path
//         to an anchor), sd_jwt_issuer_mismatch (iss is not the leaf's name).
Result<VerifiedPresentation> verify_presentation(std::string_view text, const IssuerPolicy& issuer,
                                                 const KeyBindingPolicy& key_binding, Instant now);
Result<VerifiedPresentation> verify_presentation_json(std::string_view text, const IssuerPolicy& issuer,
                                                      const KeyBindingPolicy& key_binding, Instant now);

// The holder's door at reception: as above without a holder's signature; one that comes along is refused
// (sd_jwt_key_binding_unexpected), because an issuer cannot have made it.
Result<VerifiedSdJwt> verify_issued(std::string_view text, const IssuerPolicy& issuer, Instant now);
Result<VerifiedSdJwt> verify_issued_json(std::string_view text, const IssuerPolicy& issuer, Instant now);

// Said aloud: no holder's signature is expected, and one that comes along is refused.
struct NoKeyBinding {};
using KeyBindingDemand = std::variant<NoKeyBinding, KeyBindingPolicy>;

// A plain SD-JWT of RFC 9901 whose issuer's key the caller knows otherwise; nothing of SD-JWT VC is checked.
struct PlainPolicy {
  const crypto::PublicKey issuer_key;                  // says the algorithm
  std::string_view typ;                                // exact
  std::span<const std::string_view> key_headers = {};  // see jose::JwsPolicy
  seconds leeway{60};
  AllowedSignatures holder_algorithms{crypto::SignatureAlgorithm::es256};
  AllowedDigests digests{DigestAlgorithm::sha256};
  std::vector<std::string> audiences = {};  // as in IssuerPolicy
  // Claims without which it is not valid here, clear or disclosed: RFC 9901, section 9.7. A holder can keep back a
  // hidden "exp", so who needs it says so.
  std::span<const std::string_view> required_claims = {};
};

class VerifiedPlainSdJwt {
 public:
  const json::Object& claims() const { return claims_; }
  // Present exactly when a KeyBindingPolicy was asked for.
  const std::optional<json::Object>& key_binding_payload() const { return key_binding_payload_; }

 private:
  friend struct Checker;
  explicit VerifiedPlainSdJwt(json::Object claims) : claims_(std::move(claims)) {}
  json::Object claims_;
  std::optional<json::Object> key_binding_payload_;
};

// Errors: as verify_presentation's; sd_jwt_missing_claim for one of `required_claims`.
Result<VerifiedPlainSdJwt> verify_plain_sd_jwt(std::string_view text, const PlainPolicy& issuer,
                                               const KeyBindingDemand& key_binding, Instant now);
Result<VerifiedPlainSdJwt> verify_plain_sd_jwt_json(std::string_view text, const PlainPolicy& issuer,
                                                    const KeyBindingDemand& key_binding, Instant now);

}  // namespace mibun::sd_jwt
