#include "core/oid4vp/registration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/shape_errors.h"
#include "core/codecs/url.h"
#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"

namespace mibun::oid4vp {
namespace {

constexpr std::size_t kTextBytesMax = 500;
constexpr std::size_t kCredentialsMax = 20;
constexpr std::size_t kClaimsMax = 100;
constexpr std::size_t kOriginsMax = 10;
constexpr int kRetentionDaysMax = 36'500;

// kid may stand beside x5c; it is never used to find a key.
constexpr std::array<std::string_view, 2> kKeyHeaders = {"x5c", "kid"};

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_registration_invalid, std::move(where), std::move(detail));
}

constexpr ShapeErrors shape{ErrorCode::oid4vp_registration_invalid};

Result<std::string> read_text(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const std::string_view text, shape(reader.string(name)));
  if (text.empty() || text.size() > kTextBytesMax) return invalid(reader.place(name), "the text is empty or too long");
  return std::string(text);
}

Result<LocalizedText> read_localized(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object(name)));
  return shape(LocalizedText::parse(*object, reader.place(name)));
}

Result<RegisteredCredential> read_credential(const json::Value& value, const std::string& where) {
  if (!value.is_object()) return invalid(where, "an object is expected");
  json::ObjectReader reader(value.get_object(), where);
  RegisteredCredential credential;
  if (value.get_object().contains("vct") == value.get_object().contains("doctype")) {
    return invalid(where, "one of vct and doctype is expected");
  }
  const bool is_mdoc = value.get_object().contains("doctype");
  credential.format = is_mdoc ? dcql::kMdocFormat : dcql::kSdJwtFormat;
  MIBUN_TRY(credential.type, read_text(reader, is_mdoc ? "doctype" : "vct"));
  MIBUN_TRY(const json::Array* const claims, shape(reader.array("claims")));
  if (claims->size() > kClaimsMax) return invalid(reader.place("claims"), "too many claims");
  for (const json::Value& claim : *claims) {
    if (!claim.is_array()) return invalid(reader.place("claims"), "a claims path is an array");
    MIBUN_TRY(dcql::ClaimPath path, shape(dcql::ClaimPath::parse(claim.get_array())));
    credential.claims.push_back(std::move(path));
  }
  return credential;
}

Result<std::vector<RegisteredCredential>> read_credentials(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const array, shape(reader.array("credentials")));
  const std::string where = reader.place("credentials");
  if (array->empty() || array->size() > kCredentialsMax) return invalid(where, "none, or too many");
  std::vector<RegisteredCredential> credentials;
  for (std::size_t i = 0; i < array->size(); ++i) {
    MIBUN_TRY(RegisteredCredential credential, read_credential((*array)[i], where + "[" + std::to_string(i) + "]"));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

Result<std::vector<std::string>> read_origins(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const array, shape(reader.optional_array("origins")));
  if (array == nullptr) return std::vector<std::string>{};
  const std::string where = reader.place("origins");
  MIBUN_TRY(auto origins, shape(json::string_array(*array, where)));
  if (origins.empty() || origins.size() > kOriginsMax) return invalid(where, "none, or too many");
  for (const std::string& origin : origins) {
    const auto url = HttpsUrl::parse(origin);
    if (!url || url->origin() != origin) return invalid(where, "not an https origin");
  }
  return origins;
}

Status read_organization(json::ObjectReader& reader, Registration& registration) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object("organization")));
  json::ObjectReader organization(*object, reader.place("organization"));
  MIBUN_TRY(registration.organization, read_localized(organization, "name"));
  MIBUN_TRY(registration.contact, read_text(organization, "contact"));
  return {};
}

Result<Instant> read_time(const json::Object& payload, std::string_view name) {
  const json::Value* value = payload.if_contains(name);
  if (value == nullptr) return fail(ErrorCode::jwt_claim_missing, std::string(name));
  return jose::numeric_date(*value, name);
}

bool is_of(const RegisteredCredential& credential, const dcql::RequestedClaims& requested, const std::string& type) {
  return credential.format == requested.format && credential.type == type;
}

bool is_registered(const std::vector<RegisteredCredential>& credentials, const dcql::RequestedClaims& requested,
                   const std::string& type) {
  return std::ranges::any_of(credentials, [&](const auto& credential) { return is_of(credential, requested, type); });
}

bool is_registered(const std::vector<RegisteredCredential>& credentials, const dcql::RequestedClaims& requested,
                   const std::string& type, const dcql::ClaimPath& path) {
  return std::ranges::any_of(credentials, [&](const RegisteredCredential& credential) {
    return is_of(credential, requested, type) &&
           std::ranges::any_of(credential.claims,
                               [&](const dcql::ClaimPath& registered) { return dcql::includes(registered, path); });
  });
}

}  // namespace

Result<Retention> Retention::parse(const json::Object& object, const std::string& where) {
  json::ObjectReader reader(object, where);
  MIBUN_TRY(const std::int64_t days, reader.integer("days"));
  if (days < 0 || days > kRetentionDaysMax) {
    return fail(ErrorCode::json_bad_value, reader.place("days"), "not a number of days");
  }
  MIBUN_TRY(const json::Object* const text, reader.object("text"));
  MIBUN_TRY(LocalizedText localized, LocalizedText::parse(*text, reader.place("text")));
  return Retention{static_cast<int>(days), std::move(localized)};
}

json::Object Retention::to_json() const {
  return {{"days", days}, {"text", text.to_json()}};
}

Result<Registration> Registration::parse(const json::Object& payload) {
  json::ObjectReader reader(payload, "registration");
  Registration registration;
  MIBUN_TRY(registration.issuer, read_text(reader, "iss"));
  MIBUN_TRY(registration.client_id, read_text(reader, "sub"));
  MIBUN_TRY(registration.registration_id, read_text(reader, "registration_id"));
  MIBUN_TRY(registration.issued_at, read_time(payload, "iat"));
  MIBUN_TRY(registration.expires_at, read_time(payload, "exp"));
  MIBUN_CHECK(read_organization(reader, registration));
  MIBUN_TRY(registration.purpose, read_localized(reader, "purpose"));
  MIBUN_TRY(const json::Object* const retention, shape(reader.object("retention")));
  MIBUN_TRY(registration.retention, shape(Retention::parse(*retention, reader.place("retention"))));
  MIBUN_TRY(registration.cautions, read_localized(reader, "cautions"));
  MIBUN_TRY(registration.credentials, read_credentials(reader));
  MIBUN_TRY(registration.origins, read_origins(reader));
  return registration;
}

json::Object Registration::to_json() const {
  json::Array list;
  for (const RegisteredCredential& credential : credentials) {
    json::Array claims;
    for (const dcql::ClaimPath& path : credential.claims) claims.push_back(path.to_json());
    const char* const member = credential.format == dcql::kMdocFormat ? "doctype" : "vct";
    list.push_back(json::Object{{member, credential.type}, {"claims", std::move(claims)}});
  }
  json::Object payload{{"iss", issuer},
                       {"sub", client_id},
                       {"registration_id", registration_id},
                       {"iat", issued_at.unix_seconds()},
                       {"exp", expires_at.unix_seconds()},
                       {"organization", json::Object{{"name", organization.to_json()}, {"contact", contact}}},
                       {"purpose", purpose.to_json()},
                       {"retention", retention.to_json()},
                       {"cautions", cautions.to_json()},
                       {"credentials", std::move(list)}};
  json::Array pages;
  for (const std::string& origin : origins) pages.emplace_back(origin);
  if (!pages.empty()) payload["origins"] = std::move(pages);
  return payload;
}

Status Registration::allows(const dcql::RequestedClaims& requested) const {
  const auto refuse = [](std::string where) {
    return fail(ErrorCode::oid4vp_claim_not_registered, std::move(where), "the partner is not registered to ask this");
  };
  // "Any type" would be more than anybody registered.
  if (requested.types.empty()) return refuse("dcql_query." + requested.credential_id);
  for (const std::string& type : requested.types) {
    if (!is_registered(credentials, requested, type)) return refuse("dcql_query." + requested.credential_id);
    for (const dcql::ClaimPath& path : requested.paths) {
      if (!is_registered(credentials, requested, type, path)) return refuse(path.to_string());
    }
  }
  return {};
}

Status Registration::allows(const dcql::Query& query) const {
  for (const dcql::RequestedClaims& requested : dcql::requested_paths(query)) MIBUN_CHECK(allows(requested));
  return {};
}

Result<std::string> sign_registration(const Registration& registration, const crypto::Signer& registrar,
                                      std::span<const Bytes> chain) {
  const json::Object payload = registration.to_json();
  MIBUN_CHECK(Registration::parse(payload));
  return jose::sign_jws({{"typ", kRegistrationType}, {"x5c", jose::x5c_member(chain)}}, payload, registrar);
}

Result<VerifiedRegistration> VerifiedRegistration::verify(std::string_view text, const crypto::TrustAnchors& registrars,
                                                          Instant now) {
  MIBUN_CHECK(registrars.check_purpose(crypto::CertificatePurpose::registrar));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(const crypto::Certificate registrar, registrars.verify_chain(chain, now));
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(registrar.public_key(), {kRegistrationType, kKeyHeaders}));
  MIBUN_CHECK(jose::check_times(verified.payload(), {}, now));
  MIBUN_TRY(Registration content, Registration::parse(verified.payload()));
  MIBUN_CHECK(crypto::check_names_issuer(registrar, content.issuer));
  return VerifiedRegistration(std::move(content), text);
}

}  // namespace mibun::oid4vp
