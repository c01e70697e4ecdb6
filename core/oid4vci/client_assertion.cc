#include "core/oid4vci/client_assertion.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kTyp = "client-authentication+jwt";
constexpr std::string_view kKeyHeaders[] = {"kid"};  // only to choose among the client's registered keys
constexpr seconds kLifetime{60};
constexpr seconds kLifetimeMax{600};

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oauth_invalid_client, "client_assertion." + std::move(where), std::move(detail));
}

// RFC 7523 defines no typ; a later revision does. Another kind of JWT, say a key proof, never passes.
std::string_view expected_typ(const json::Object& header) {
  const json::Value* typ = header.if_contains("typ");
  if (typ == nullptr) return jose::kNoTyp;
  if (typ->is_string() && typ->get_string() == "JWT") return "JWT";
  return kTyp;
}

// One string, or an array of exactly one: an assertion that is good elsewhere too could be replayed from there.
Status check_audience(json::ObjectReader& claims, std::span<const std::string> audiences) {
  const json::Value* value = claims.optional_any("aud");
  if (value != nullptr && value->is_array() && value->get_array().size() == 1) value = &value->get_array().front();
  if (value == nullptr || !value->is_string()) return invalid("aud", "must be one string");
  const json::Value& aud = *value;
  const bool ours = std::ranges::any_of(audiences, [&](const std::string& name) { return aud.get_string() == name; });
  return ours ? Status() : invalid("aud", "another audience");
}

Status check_identity(json::ObjectReader& claims, const std::string& client_id,
                      std::optional<std::string_view> form_client_id) {
  for (const char* name : {"iss", "sub"}) {
    MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const std::string_view value,
                 claims.string(name));
    if (value != client_id) return invalid(name, "iss and sub must both be the client_id");
  }
  if (form_client_id && *form_client_id != client_id) return invalid("sub", "not the client_id of the request");
  return {};
}

}  // namespace

Result<std::string> make_client_assertion(std::string_view client_id, std::string_view audience,
                                          const crypto::P256Signer& signer, Instant now, Rng& rng,
                                          std::optional<std::string_view> kid) {
  json::Object header{{"typ", kTyp}};
  if (kid) header["kid"] = *kid;
  const json::Object payload{{"iss", client_id},          {"sub", client_id},
                             {"aud", audience},           {"jti", base64url::encode(rng.bytes(16))},
                             {"iat", now.unix_seconds()}, {"exp", (now + kLifetime).unix_seconds()}};
  return jose::sign_jws(std::move(header), payload, signer);
}

Result<ClientAssertion> ClientAssertion::parse(std::string_view jwt) {
  if (jwt.size() > kCompactJwtBytesMax) return invalid("jwt", "too large");
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", jose::Jws jws, jose::Jws::parse(jwt));
  ClientAssertion assertion(std::move(jws));
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const json::Object payload,
               assertion.jws_.unverified_payload());
  json::ObjectReader claims(payload, "");
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const std::string_view sub, claims.string("sub"));
  if (sub.empty() || sub.size() > kClientIdCharactersMax) return invalid("sub", "empty or too long");
  assertion.client_id_ = std::string(sub);
  json::ObjectReader header(assertion.jws_.unverified_header(), "header");
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const auto kid, header.optional_string("kid"));
  if (kid) assertion.kid_ = std::string(*kid);
  return assertion;
}

Result<VerifiedClientAssertion> ClientAssertion::verify(const crypto::P256PublicKey& key,
                                                        const ClientAssertionPolicy& policy) const {
  const jose::JwsPolicy jws_policy{.typ = expected_typ(jws_.unverified_header()), .key_headers = kKeyHeaders};
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const jose::VerifiedJws jwt,
               jws_.verify(key, jws_policy));
  json::ObjectReader claims(jwt.payload(), "");
  MIBUN_CHECK(check_identity(claims, client_id_, policy.form_client_id));
  MIBUN_CHECK(check_audience(claims, policy.audiences));
  const jose::TimePolicy times{.iat_required = false, .leeway = kClockSkewMax, .iat_age_max = kLifetimeMax};
  MIBUN_CHECK_AS(ErrorCode::oauth_invalid_client, "client_assertion",
                 jose::check_times(jwt.payload(), times, policy.now));
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const Instant exp,
               jose::numeric_date(jwt.payload().at("exp"), "exp"));
  if (exp - policy.now > kLifetimeMax) return invalid("exp", "too far ahead");
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_client, "client_assertion", const std::string_view jti, claims.string("jti"));
  if (jti.empty() || jti.size() > kJtiCharactersMax) return invalid("jti", "empty or too long");
  return VerifiedClientAssertion(client_id_, std::string(jti), exp + 2 * kClockSkewMax);
}

}  // namespace mibun::oid4vci
