#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/disclosure.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/issuer.h"
#include "core/sd_jwt/verifier.h"
#include "tests/support/test_pki.h"

// One issuer, one holder, one verifier at kTestNow.
namespace world {

using namespace mibun;

inline constexpr const char* kVct = "urn:test:card:1";
inline constexpr const char* kIssuer = "https://issuer.example";
inline constexpr const char* kAudience = "x509_hash:verifier";
inline constexpr const char* kNonce = "n-0S6_WzA2Mj-0123456789";

inline const TestAuthority& authority() {
  static const TestAuthority made("issuer");
  return made;
}
inline const TestSigner& issuer() {
  static const TestSigner made(authority(), crypto::CertificatePurpose::credential_issuer, "issuer.example");
  return made;
}
inline const crypto::P256PrivateKey& holder() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}
inline const sd_jwt::IssuerPolicy& issuer_policy() {
  static const auto anchors = authority().anchors(crypto::CertificatePurpose::credential_issuer);
  static const sd_jwt::IssuerPolicy policy{.anchors = anchors, .vcts = {kVct}, .leeway = seconds(60)};
  return policy;
}
inline sd_jwt::KeyBindingPolicy key_binding_policy() {
  return {.audience = kAudience, .nonce = kNonce};
}
inline sd_jwt::KeyBinding key_binding() {
  return {.audience = kAudience, .nonce = kNonce, .iat = kTestNow, .extra_claims = {}};
}

inline json::Object clear_claims() {
  return {{"iss", kIssuer},
          {"vct", kVct},
          {"iat", (kTestNow - std::chrono::hours(1)).unix_seconds()},
          {"exp", (kTestNow + std::chrono::hours(24)).unix_seconds()},
          {"cnf", sd_jwt::confirmation(holder().public_key())},
          {"status", {{"status_list", {{"idx", 412345}, {"uri", "https://issuer.example/status/1"}}}}}};
}

inline std::string issue(const sd_jwt::IssueRequest& request) {
  crypto::SystemRng rng;
  return must(sd_jwt::issue(request, issuer().key, issuer().chain, rng));
}

inline sd_jwt::HeldCredential receive(const std::string& text) {
  return sd_jwt::HeldCredential(must(sd_jwt::verify_issued(text, issuer_policy(), kTestNow)));
}

inline Result<sd_jwt::VerifiedPresentation> verify(std::string_view text, Instant now = kTestNow) {
  return sd_jwt::verify_presentation(text, issuer_policy(), key_binding_policy(), now);
}

// [salt, name, value] in base64url.
inline std::string disclosure(const json::Array& array) {
  return base64url::encode(json::serialize(json::Value(array)));
}
inline std::string digest(std::string_view encoded) {
  return base64url::encode(crypto::sha256(encoded));
}

// A presentation whose every part can be made wrong, with signatures that fit.
struct Forge {
  json::Object header{{"typ", "dc+sd-jwt"}, {"x5c", jose::x5c_member(issuer().chain)}};
  json::Object payload = clear_claims();
  std::vector<std::string> disclosures;
  const crypto::P256Signer* issuer_key = &issuer().key;

  json::Object kb_header{{"typ", "kb+jwt"}};
  json::Object kb_payload{{"iat", kTestNow.unix_seconds()}, {"aud", kAudience}, {"nonce", kNonce}};
  bool with_sd_hash = true;
  const crypto::P256Signer* holder_key = &holder();

  std::string without_kb() const {
    std::string text = must(jose::sign_jws(header, payload, *issuer_key)) + "~";
    for (const std::string& one : disclosures) text += one + "~";
    return text;
  }
  std::string text() const {
    std::string presented = without_kb();
    json::Object signed_payload = kb_payload;
    if (with_sd_hash) signed_payload["sd_hash"] = digest(presented);
    return presented + must(jose::sign_jws(kb_header, signed_payload, *holder_key));
  }
};

inline ErrorCode verify_code(const Forge& forge) {
  return code_of(verify(forge.text()));
}

}  // namespace world
