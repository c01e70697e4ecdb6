#include "core/oid4vci/client_attestation.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/crypto/certificate_names.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/provider_jwt.h"

namespace mibun::oid4vci {
namespace {

constexpr ErrorCode kInvalid = ErrorCode::oauth_invalid_client_attestation;
constexpr std::string_view kChallengeMember = "attestation_challenge";
constexpr std::string_view kTyp = "oauth-client-attestation+jwt";
constexpr std::string_view kPopTyp = "oauth-client-attestation-pop+jwt";
constexpr std::string_view kPopKeyHeaders[] = {"kid"};  // names nothing: the key is in cnf
constexpr std::size_t kJtiBytes = 16;
constexpr seconds kPopLifetime{60};

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(kInvalid, std::move(where), std::move(detail));
}

std::unexpected<Error> not_fresh(std::string where, std::string detail) {
  return fail(ErrorCode::oauth_use_fresh_attestation, std::move(where), std::move(detail));
}

std::size_t count_of(std::span<const HttpHeader> headers, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [&](const HttpHeader& header) { return equal_ignoring_case(header.name, name); }));
}

Result<jose::Jws> read_header(std::span<const HttpHeader> headers, std::string_view name, std::string_view place) {
  const std::size_t count = count_of(headers, name);
  if (count != 1) return invalid(std::string(place), count == 0 ? "the header is missing" : "the header is repeated");
  const auto found =
      std::ranges::find_if(headers, [&](const HttpHeader& header) { return equal_ignoring_case(header.name, name); });
  if (found->value.size() > kCompactJwtBytesMax) return invalid(std::string(place), "too large");
  MIBUN_TRY_AS(kInvalid, place, jose::Jws jws, jose::Jws::parse(found->value));
  return jws;
}

Result<std::string> bounded_string(json::ObjectReader& claims, std::string_view place, std::string_view name,
                                   std::size_t characters_max) {
  MIBUN_TRY_AS(kInvalid, place, const std::string_view text, claims.string(name));
  if (text.empty() || text.size() > characters_max) {
    return invalid(std::string(place) + "." + std::string(name), "empty or too long");
  }
  return std::string(text);
}

Result<jose::Jwk> confirmed_key(json::ObjectReader& claims) {
  MIBUN_TRY_AS(kInvalid, "attestation", const json::Object* cnf, claims.object("cnf"));
  if (cnf->contains("jwe") || cnf->contains("jku")) {  // RFC 7800, section 3.1
    return invalid("attestation.cnf", "more than one key");
  }
  const json::Value* jwk = cnf->if_contains("jwk");
  if (jwk == nullptr) return invalid("attestation.cnf.jwk", "missing");
  MIBUN_TRY_AS(kInvalid, "attestation", jose::Jwk key, read_attested_key(*jwk, "cnf.jwk"));
  return key;
}

// Who speaks: the provider of this client and nobody else.
Status check_provider(json::ObjectReader& claims, const crypto::Certificate& signer, std::string_view provider) {
  MIBUN_CHECK_AS(kInvalid, "attestation", crypto::check_names_issuer(signer, provider));
  MIBUN_TRY_AS(kInvalid, "attestation", const auto iss, claims.optional_string("iss"));
  if (iss && *iss != provider) return invalid("attestation.iss", "not the provider of this client");
  return {};
}

Status check_fresh(const json::Object& payload, seconds age_max, Instant now) {
  const jose::TimePolicy times{.iat_required = false, .leeway = kClockSkewMax, .iat_age_max = age_max};
  const Status checked = jose::check_times(payload, times, now);
  if (!checked) {
    // One that has run out is no attestation any more; one that is merely old is asked for anew.
    const bool old = checked.error().code == ErrorCode::jwt_too_old;
    return fail_as(old ? ErrorCode::oauth_use_fresh_attestation : kInvalid, "attestation", checked.error());
  }
  if (payload.contains("iat")) return {};
  MIBUN_TRY_AS(kInvalid, "attestation", const Instant exp, jose::numeric_date(payload.at("exp"), "exp"));
  if (exp - now > age_max)
    return not_fresh("attestation.exp", "too far ahead for one that does not say when it was made");
  return {};
}

}  // namespace

bool AttestationChallenge::is_one(std::string_view text) {
  return !text.empty() && text.size() <= kNonceCharactersMax;
}

json::Object AttestationChallenge::to_json() const {
  return {{kChallengeMember, text}};
}

Result<AttestationChallenge> AttestationChallenge::parse(std::string_view body) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_response_malformed;
  MIBUN_TRY_AS(kCode, "challenge", const json::Object object, json::parse_object(body));
  json::ObjectReader reader(object, "");
  MIBUN_TRY_AS(kCode, "challenge", const std::string_view text, reader.string(kChallengeMember));
  if (!is_one(text)) return fail(kCode, "challenge.attestation_challenge", "empty or too long");
  return AttestationChallenge{std::string(text)};
}

Result<std::string> make_client_attestation(const ClientAttestationRequest& request, const ProviderSigner& provider) {
  json::Object cnf;
  cnf["jwk"] = jose::Jwk(request.key).to_json();
  json::Object payload{{"iss", request.issuer},
                       {"sub", request.client_id},
                       {"cnf", std::move(cnf)},
                       {"iat", request.issued_at.unix_seconds()},
                       {"exp", request.expires.unix_seconds()}};
  if (!request.wallet_name.empty()) payload["wallet_name"] = request.wallet_name;
  if (!request.wallet_link.empty()) payload["wallet_link"] = request.wallet_link;
  return sign_provider_jwt(kTyp, payload, provider);
}

Result<std::string> make_client_attestation_pop(const ClientAttestationPopRequest& request,
                                                const crypto::P256Signer& key, Instant now, Rng& rng) {
  json::Object payload{{"iss", request.client_id},
                       {"aud", request.authorization_server},
                       {"jti", base64url::encode(rng.bytes(kJtiBytes))},
                       {"iat", now.unix_seconds()},
                       {"exp", (now + kPopLifetime).unix_seconds()}};
  if (request.challenge) payload["challenge"] = *request.challenge;
  json::Object header;
  header["typ"] = kPopTyp;
  return jose::sign_jws(std::move(header), payload, key);
}

bool ClientAttestation::is_shown(std::span<const HttpHeader> headers) {
  return count_of(headers, kClientAttestationHeader) + count_of(headers, kClientAttestationPopHeader) > 0;
}

Result<ClientAttestation> ClientAttestation::parse(std::span<const HttpHeader> headers) {
  MIBUN_TRY(jose::Jws attestation, read_header(headers, kClientAttestationHeader, "attestation"));
  MIBUN_TRY(jose::Jws pop, read_header(headers, kClientAttestationPopHeader, "pop"));
  ClientAttestation shown(std::move(attestation), std::move(pop));
  MIBUN_TRY_AS(kInvalid, "attestation", const json::Object payload, shown.attestation_.unverified_payload());
  json::ObjectReader claims(payload, "");
  MIBUN_TRY(shown.client_id_, bounded_string(claims, "attestation", "sub", kClientIdCharactersMax));
  return shown;
}

Result<jose::Jwk> ClientAttestation::verify_attestation(const ClientAttestationPolicy& policy,
                                                        std::optional<status_list::StatusReference>& status) const {
  MIBUN_TRY_AS(kInvalid, "attestation", const ProviderJwt jwt,
               verify_provider_jwt(attestation_, kTyp, policy.providers, policy.now));
  json::ObjectReader claims(jwt.payload, "");
  MIBUN_CHECK(check_provider(claims, jwt.signer, policy.provider));
  if (policy.form_client_id && *policy.form_client_id != client_id_) {
    return invalid("attestation.sub", "not the client_id of the request");
  }
  MIBUN_CHECK(check_fresh(jwt.payload, policy.age_max, policy.now));
  MIBUN_TRY_AS(kInvalid, "attestation", status, status_list::StatusReference::parse(jwt.payload));
  return confirmed_key(claims);
}

Result<VerifiedClientAttestation> ClientAttestation::verify(const ClientAttestationPolicy& policy) const {
  VerifiedClientAttestation verified;
  MIBUN_TRY(const jose::Jwk key, verify_attestation(policy, verified.status_));
  const jose::JwsPolicy jws_policy{.typ = kPopTyp, .key_headers = kPopKeyHeaders};
  MIBUN_TRY_AS(kInvalid, "pop", const jose::VerifiedJws pop, pop_.verify(key.key(), jws_policy));

  json::ObjectReader claims(pop.payload(), "");
  MIBUN_TRY_AS(kInvalid, "pop", const std::string_view aud, claims.string("aud"));
  if (aud != policy.authorization_server) return invalid("pop.aud", "another authorization server");
  MIBUN_TRY_AS(kInvalid, "pop", const auto iss, claims.optional_string("iss"));
  if (iss && *iss != client_id_) return invalid("pop.iss", "another client");
  const jose::TimePolicy times{.exp_required = false, .leeway = kClockSkewMax, .iat_age_max = kProofAgeMax};
  MIBUN_CHECK_AS(kInvalid, "pop", jose::check_times(pop.payload(), times, policy.now));
  MIBUN_TRY_AS(kInvalid, "pop", verified.iat_, jose::numeric_date(pop.payload().at("iat"), "iat"));
  MIBUN_TRY(verified.jti_, bounded_string(claims, "pop", "jti", kJtiCharactersMax));
  if (claims.optional_any("challenge") != nullptr) {
    MIBUN_TRY(verified.challenge_, bounded_string(claims, "pop", "challenge", kNonceCharactersMax));
  } else if (std::holds_alternative<AttestationChallengeRequired>(policy.challenge)) {
    return fail(ErrorCode::oauth_use_attestation_challenge, "pop.challenge", "missing");
  }
  verified.client_id_ = client_id_;
  verified.jkt_ = key.thumbprint();
  return verified;
}

// The last moment at which the PoP could pass again, with the clocks of all our machines apart by the most allowed.
Instant VerifiedClientAttestation::remember_until() const {
  return iat_ + kProofAgeMax + 2 * kClockSkewMax;
}

}  // namespace mibun::oid4vci
