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
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/sd_jwt/sd_jwt.h"

namespace mibun::sd_jwt {

inline constexpr std::string_view kCredentialTyp = "dc+sd-jwt";
inline constexpr std::string_view kKeyBindingTyp = "kb+jwt";

// Whose credentials, and which types. There is no default: an empty list of types accepts nothing.
struct IssuerPolicy {
  const crypto::TrustAnchors& anchors;  // purpose credential_issuer
  std::vector<std::string> vcts;        // accepted values of "vct", compared exactly
  seconds leeway{60};                   // for exp, nbf, iat of the issuer's JWT
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

// An SD-JWT VC (typ dc+sd-jwt) after every check of RFC 9901, section 7.1, and of the issuer policy. Made by
// verify_issued and, inside a VerifiedPresentation, by verify_presentation only.
class VerifiedSdJwt {
 public:
  // The processed payload: clear and disclosed claims, without "_sd", "_sd_alg" and placeholders.
  const json::Object& claims() const { return claims_; }
  const std::string& vct() const { return vct_; }
  const std::string& issuer() const { return issuer_; }  // "iss", bound to the certificate's names
  const crypto::Certificate& issuer_certificate() const { return certificate_; }
  const crypto::P256PublicKey& holder_key() const { return holder_key_; }  // "cnf"."jwk"
  const std::optional<StatusReference>& status() const { return status_; }
  const std::optional<Instant>& expires() const { return expires_; }  // "exp"

  const std::string& text() const { return sd_jwt_.text(); }  // what a wallet stores; parse again with HeldCredential
  const SdJwt& sd_jwt() const { return sd_jwt_; }
  std::string_view issuer_jwt() const { return sd_jwt_.issuer_jwt(); }

 private:
  friend struct Checker;  // verifier.cc
  VerifiedSdJwt(SdJwt sd_jwt, crypto::Certificate certificate, crypto::P256PublicKey holder_key)
      : sd_jwt_(std::move(sd_jwt)), certificate_(std::move(certificate)), holder_key_(holder_key) {}
  SdJwt sd_jwt_;
  json::Object claims_;
  std::string vct_, issuer_;
  crypto::Certificate certificate_;
  crypto::P256PublicKey holder_key_;
  std::optional<StatusReference> status_;
  std::optional<Instant> expires_;
};

// An SD-JWT VC and the holder's signature over it for one audience and one nonce.
class VerifiedPresentation {
 public:
  const VerifiedSdJwt& credential() const { return credential_; }
  const json::Object& claims() const { return credential_.claims(); }
  const std::string& vct() const { return credential_.vct(); }
  const std::string& issuer() const { return credential_.issuer(); }
  const crypto::Certificate& issuer_certificate() const { return credential_.issuer_certificate(); }
  const crypto::P256PublicKey& holder_key() const { return credential_.holder_key(); }
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

// The verifier's door. Status is the caller's next step (status()).
// Errors: sd_jwt_*, jws_*, jwt_*, certificate_*, jwk_*, base64url_*, json_*, status_reference_malformed,
//         sd_jwt_issuer_not_trusted (no x5c, or no path to an anchor), sd_jwt_issuer_mismatch (iss is not the leaf's
//         name).
Result<VerifiedPresentation> verify_presentation(std::string_view text, const IssuerPolicy& issuer,
                                                 const KeyBindingPolicy& key_binding, Instant now);

// The holder's door at reception: as above without a holder's signature; one that comes along is refused
// (sd_jwt_key_binding_unexpected), because an issuer cannot have made it.
Result<VerifiedSdJwt> verify_issued(std::string_view text, const IssuerPolicy& issuer, Instant now);

// Said aloud: no holder's signature is expected, and one that comes along is refused.
struct NoKeyBinding {};
using KeyBindingDemand = std::variant<NoKeyBinding, KeyBindingPolicy>;

// A plain SD-JWT of RFC 9901 whose issuer's key the caller knows otherwise; nothing of SD-JWT VC is checked.
struct PlainPolicy {
  const crypto::P256PublicKey& issuer_key;
  std::string_view typ;                                // exact
  std::span<const std::string_view> key_headers = {};  // see jose::JwsPolicy
  seconds leeway{60};
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

Result<VerifiedPlainSdJwt> verify_plain_sd_jwt(std::string_view text, const PlainPolicy& issuer,
                                               const KeyBindingDemand& key_binding, Instant now);

}  // namespace mibun::sd_jwt
