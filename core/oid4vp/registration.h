#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/dcql/query.h"
#include "core/oid4vp/localized_text.h"

// What a partner may ask for, why, and for how long it keeps it: said by a registrar, not by the partner. It travels in
// the request object's verifier_info (OpenID4VP 1.0, section 5.1), so that the wallet can judge a request on its own.
namespace mibun::oid4vp {

inline constexpr std::string_view kRegistrationType = "mibun-partner-registration+jwt";

// What happens to the data afterwards: {"days": 30, "text": {...}}. 0 days: not kept.
struct Retention {
  int days = 0;
  LocalizedText text;

  static Result<Retention> parse(const json::Object& object, const std::string& where);
  json::Object to_json() const;
  friend bool operator==(const Retention&, const Retention&) = default;
};

// Claims of one credential type; a path covers everything below it.
struct RegisteredCredential {
  std::string type;  // vct or doctype
  std::vector<dcql::ClaimPath> claims;
  std::string format{dcql::kSdJwtFormat};  // or dcql::kMdocFormat
};

// The payload:
//   {"iss": registrar, "sub": client_id, "registration_id": ..., "iat": 1, "exp": 2,
//    "organization": {"name": {"ja","en"}, "contact": ...}, "purpose": {"ja","en"},
//    "retention": {"days": 30, "text": {"ja","en"}}, "cautions": {"ja","en"},
//    "origins"?: ["https://shop.example"],
//    "credentials": [{"vct": ..., "claims": [["given_name"], ["age_equal_or_over","20"]]},
//                    {"doctype": ..., "claims": [["org.iso.18013.5.1","family_name"]]}]}
struct Registration {
  std::string issuer;
  std::string client_id;
  std::string registration_id;
  Instant issued_at, expires_at;
  LocalizedText organization;
  std::string contact;
  LocalizedText purpose;
  Retention retention;
  LocalizedText cautions;
  std::vector<RegisteredCredential> credentials;
  // Of its pages, on https: there it may ask without a signature, and answers may be sent there by the browser.
  std::vector<std::string> origins{};

  // Unknown members are ignored. Errors: oid4vp_registration_invalid at the member, jwt_claim_*.
  static Result<Registration> parse(const json::Object& payload);
  json::Object to_json() const;

  // Every claim of every credential that the query could be answered with must be registered.
  // Errors: oid4vp_claim_not_registered; `where` is the path.
  Status allows(const dcql::Query& query) const;
  // The same for claims that were asked for in another way.
  Status allows(const dcql::RequestedClaims& requested) const;
};

// Errors: oid4vp_registration_invalid (what parse() would refuse), and the signer's.
Result<std::string> sign_registration(const Registration& registration, const crypto::Signer& registrar,
                                      std::span<const Bytes> chain);

// A registration that a registrar signed, and that is in force.
class VerifiedRegistration {
 public:
  // Errors: jws_*, certificate_*, jwt_expired, jwt_issued_in_future, jwt_issuer_mismatch (iss is not the registrar's
  // name), oid4vp_registration_invalid.
  static Result<VerifiedRegistration> verify(std::string_view text, const crypto::TrustAnchors& registrars,
                                             Instant now);

  const Registration& content() const { return content_; }
  const std::string& text() const { return text_; }  // as it arrived
  Status allows(const dcql::Query& query) const { return content_.allows(query); }
  Status allows(const dcql::RequestedClaims& requested) const { return content_.allows(requested); }

 private:
  VerifiedRegistration(Registration content, std::string_view text) : content_(std::move(content)), text_(text) {}
  Registration content_;
  std::string text_;
};

}  // namespace mibun::oid4vp
