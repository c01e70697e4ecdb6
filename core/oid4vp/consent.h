#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/dcql/choose.h"
#include "core/dcql/query.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/request.h"

// What the holder agreed to, once, for one request (promise 16a). It is written to text once; the text's SHA-256 is
// signed by the holder in every key binding JWT, so changing the partner, a claim or the purpose breaks a signature.
namespace mibun::oid4vp {

inline constexpr std::string_view kConsentHashClaim = "consent_hash";       // in the key binding JWT
inline constexpr std::string_view kConsentMember = "consent";               // in the encrypted response
inline constexpr std::string_view kConsentProofsMember = "consent_proofs";  // beside it, for mdocs
inline constexpr std::size_t kConsentBytesMax = 32 * 1024;

using ClaimsById = std::map<std::string, std::vector<dcql::ClaimPath>, std::less<>>;

// {"client_id", "organization", "registration_id", "claims": {"<credential id>": [path, ...]}, "purpose", "retention",
//  "cautions", "nonce", "iat", "exp", "lang": "ja" | "en"}
struct Consent {
  std::string client_id;  // the audience: "origin:..." when a browser asked
  LocalizedText organization;
  std::string registration_id;
  ClaimsById claims;  // as the query asks for them
  LocalizedText purpose;
  Retention retention;
  LocalizedText cautions;
  std::string nonce;
  Instant issued_at, expires_at;
  std::string language;  // in which the holder read it

  // What is true of `request` and of the cards selected for it.
  static Consent make(const VerifiedRequest& request, const std::vector<dcql::Selection>& selections,
                      std::string language, Instant now);
  // Errors: oid4vp_consent_mismatch at the member that is missing or misshapen.
  static Result<Consent> parse(std::string_view text);
  std::string to_text() const;
};

// base64url(SHA-256(text)).
std::string consent_hash(std::string_view text);

struct ConsentExpectation {
  std::string_view client_id;
  std::string_view nonce;
  const Registration& registration;
  const dcql::Query& query;
};

// The consent must say what was registered and asked: partner, purpose, retention, cautions, nonce, and only claims of
// the query. Errors: oid4vp_consent_mismatch at the member.
Result<Consent> check_consent(std::string_view text, const ConsentExpectation& expected, Instant now);

}  // namespace mibun::oid4vp
