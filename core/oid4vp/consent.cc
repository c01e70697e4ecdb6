#include "core/oid4vp/consent.h"

#include <algorithm>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/shape_errors.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"

namespace mibun::oid4vp {
namespace {

constexpr seconds kLeeway{60};

std::unexpected<Error> mismatch(std::string where) {
  return fail(ErrorCode::oid4vp_consent_mismatch, std::move(where), "the consent is not for this request");
}

constexpr ShapeErrors shape{ErrorCode::oid4vp_consent_mismatch};

Result<std::string> read_text(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const std::string_view text, shape(reader.string(name)));
  return std::string(text);
}

Result<LocalizedText> read_localized(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object(name)));
  return shape(LocalizedText::parse(*object, reader.place(name)));
}

Result<Instant> read_time(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Value* const value, shape(reader.any(name)));
  return shape(jose::numeric_date(*value, reader.place(name)));
}

Result<std::vector<dcql::ClaimPath>> read_paths(const json::Value& value, const std::string& where) {
  if (!value.is_array()) return mismatch(where);
  std::vector<dcql::ClaimPath> paths;
  for (const json::Value& entry : value.get_array()) {
    if (!entry.is_array()) return mismatch(where);
    MIBUN_TRY(dcql::ClaimPath path, shape(dcql::ClaimPath::parse(entry.get_array())));
    paths.push_back(std::move(path));
  }
  return paths;
}

Result<ClaimsById> read_claims(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object("claims")));
  ClaimsById claims;
  for (const auto& member : *object) {
    MIBUN_TRY(claims[std::string(member.key())], read_paths(member.value(), reader.place("claims")));
  }
  return claims;
}

json::Object claims_to_json(const ClaimsById& claims) {
  json::Object object;
  for (const auto& [id, paths] : claims) {
    json::Array array;
    for (const dcql::ClaimPath& path : paths) array.push_back(path.to_json());
    object[id] = std::move(array);
  }
  return object;
}

bool asks_for(const dcql::CredentialQuery& credential, const dcql::ClaimPath& path) {
  return std::ranges::find(credential.claims, path, &dcql::ClaimQuery::path) != credential.claims.end();
}

// Each claim as the query asks for it, of a credential that it asks for.
Status check_claims(const ClaimsById& claims, const dcql::Query& query) {
  for (const auto& [id, paths] : claims) {
    const dcql::CredentialQuery* credential = query.find(id);
    if (credential == nullptr) return mismatch("consent.claims");
    const bool all_asked = std::ranges::all_of(paths, [&](const auto& path) { return asks_for(*credential, path); });
    if (!all_asked) return mismatch("consent.claims." + id);
  }
  return claims.empty() ? mismatch("consent.claims") : Status{};
}

Status check_times(const Consent& consent, Instant now) {
  if (consent.issued_at > now + kLeeway) return mismatch("consent.iat");
  if (now >= consent.expires_at + kLeeway) return mismatch("consent.exp");
  return {};
}

}  // namespace

Consent Consent::make(const VerifiedRequest& request, const std::vector<dcql::Selection>& selections,
                      std::string language, Instant now) {
  const Registration& registration = request.registration();
  Consent consent{.client_id = request.audience(),
                  .organization = registration.organization,
                  .registration_id = registration.registration_id,
                  .claims = {},
                  .purpose = registration.purpose,
                  .retention = registration.retention,
                  .cautions = registration.cautions,
                  .nonce = request.nonce(),
                  .issued_at = now,
                  .expires_at = request.expires_at(),
                  .language = std::move(language)};
  for (const dcql::Selection& selection : selections) {
    std::vector<dcql::ClaimPath>& claims = consent.claims[request.query().credentials()[selection.credential].id];
    for (const dcql::ClaimPath& path : selection.choice.asked) {  // of several cards, what any of them shows
      if (std::ranges::find(claims, path) == claims.end()) claims.push_back(path);
    }
  }
  return consent;
}

std::string Consent::to_text() const {
  return json::serialize(json::Object{{"client_id", client_id},
                                      {"organization", organization.to_json()},
                                      {"registration_id", registration_id},
                                      {"claims", claims_to_json(claims)},
                                      {"purpose", purpose.to_json()},
                                      {"retention", retention.to_json()},
                                      {"cautions", cautions.to_json()},
                                      {"nonce", nonce},
                                      {"iat", issued_at.unix_seconds()},
                                      {"exp", expires_at.unix_seconds()},
                                      {"lang", language}});
}

Result<Consent> Consent::parse(std::string_view text) {
  const auto object = json::parse_object(text, {.bytes_max = kConsentBytesMax});
  if (!object) return mismatch("consent");
  json::ObjectReader reader(*object, "consent");
  Consent consent;
  MIBUN_TRY(consent.client_id, read_text(reader, "client_id"));
  MIBUN_TRY(consent.organization, read_localized(reader, "organization"));
  MIBUN_TRY(consent.registration_id, read_text(reader, "registration_id"));
  MIBUN_TRY(consent.claims, read_claims(reader));
  MIBUN_TRY(consent.purpose, read_localized(reader, "purpose"));
  MIBUN_TRY(const json::Object* const retention, shape(reader.object("retention")));
  MIBUN_TRY(consent.retention, shape(Retention::parse(*retention, reader.place("retention"))));
  MIBUN_TRY(consent.cautions, read_localized(reader, "cautions"));
  MIBUN_TRY(consent.nonce, read_text(reader, "nonce"));
  MIBUN_TRY(consent.issued_at, read_time(reader, "iat"));
  MIBUN_TRY(consent.expires_at, read_time(reader, "exp"));
  MIBUN_TRY(consent.language, read_text(reader, "lang"));
  if (consent.language != "ja" && consent.language != "en") return mismatch("consent.lang");
  // Nothing may stand in the signed text that nobody looked at.
  MIBUN_CHECK(shape(reader.finish()));
  return consent;
}

std::string consent_hash(std::string_view text) {
  return base64url::encode(crypto::sha256(text));
}

Result<Consent> check_consent(std::string_view text, const ConsentExpectation& expected, Instant now) {
  MIBUN_TRY(Consent consent, Consent::parse(text));
  const Registration& registration = expected.registration;
  if (consent.client_id != expected.client_id) return mismatch("consent.client_id");
  if (consent.organization != registration.organization) return mismatch("consent.organization");
  if (consent.registration_id != registration.registration_id) return mismatch("consent.registration_id");
  if (consent.purpose != registration.purpose) return mismatch("consent.purpose");
  if (consent.retention != registration.retention) return mismatch("consent.retention");
  if (consent.cautions != registration.cautions) return mismatch("consent.cautions");
  if (consent.nonce != expected.nonce) return mismatch("consent.nonce");
  MIBUN_CHECK(check_times(consent, now));
  MIBUN_CHECK(check_claims(consent.claims, expected.query));
  return consent;
}

}  // namespace mibun::oid4vp
