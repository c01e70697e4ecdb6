#include "core/oid4vci/dpop.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kTyp = "dpop+jwt";
constexpr std::string_view kKeyHeaders[] = {"jwk"};
constexpr std::size_t kJtiBytes = 16;

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::dpop_invalid_proof, "dpop." + std::move(where), std::move(detail));
}

std::string access_token_hash(std::string_view access_token) {
  return base64url::encode(crypto::sha256(access_token));
}

// RFC 9449, section 4.3: compared without query and fragment, after normalising scheme, host and port.
Result<std::string> normalised(std::string_view url) {
  MIBUN_TRY(const HttpsUrl parsed, HttpsUrl::parse(url.substr(0, url.find('#'))));
  return parsed.without_query();
}

Result<std::string> bounded_string(json::ObjectReader& claims, std::string_view name, std::size_t characters_max) {
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const std::string_view text, claims.string(name));
  if (text.empty() || text.size() > characters_max) return invalid(std::string(name), "empty or too long");
  return std::string(text);
}

Status check_target(json::ObjectReader& claims, const DpopPolicy& policy) {
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const std::string_view htm, claims.string("htm"));
  if (htm != policy.method) return invalid("htm", "another method");
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const std::string_view htu, claims.string("htu"));
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop.htu", const std::string claimed, normalised(htu));
  MIBUN_TRY(const std::string ours, normalised(policy.htu));
  if (claimed != ours) return invalid("htu", "another URL");
  return {};
}

Result<Instant> check_iat(json::ObjectReader& claims, Instant now) {
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const json::Value* value, claims.any("iat"));
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const Instant iat, jose::numeric_date(*value, "iat"));
  if (now - iat > kProofAgeMax) return invalid("iat", "too old");
  if (iat - now > kClockSkewMax) return invalid("iat", "in the future");
  return iat;
}

Status check_binding(json::ObjectReader& claims, std::string_view jkt, const DpopAtResource& resource) {
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const std::string_view ath, claims.string("ath"));
  if (!ct_equal(as_bytes(ath), as_bytes(access_token_hash(resource.access_token)))) {
    return invalid("ath", "the hash of another access token");
  }
  if (jkt != resource.jkt) return fail(ErrorCode::dpop_wrong_key, "dpop.jwk", "the token is bound to another key");
  return {};
}

Result<jose::Jwk> header_key(const jose::Jws& jws) {
  const json::Value* member = jws.unverified_header().if_contains("jwk");
  if (member == nullptr || !member->is_object()) return invalid("header.jwk", "missing");
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop.header", jose::Jwk jwk, jose::Jwk::parse(member->get_object()));
  if (const auto p256 = jwk.p256(); !p256) return invalid("header.jwk", "only P-256 is offered");
  return jwk;
}

}  // namespace

Result<std::string> make_dpop_proof(const DpopRequest& request, const crypto::P256Signer& signer, Instant now,
                                    Rng& rng) {
  MIBUN_TRY(std::string htu, normalised(request.url));
  json::Object payload{{"jti", base64url::encode(rng.bytes(kJtiBytes))},
                       {"htm", request.method},
                       {"htu", std::move(htu)},
                       {"iat", now.unix_seconds()}};
  if (request.access_token) payload["ath"] = access_token_hash(*request.access_token);
  if (request.nonce) payload["nonce"] = *request.nonce;
  json::Object header{{"typ", kTyp}, {"jwk", jose::Jwk(signer.public_key()).to_json()}};
  return jose::sign_jws(std::move(header), payload, signer);
}

Result<VerifiedDpop> VerifiedDpop::verify(std::string_view proof, const DpopPolicy& policy) {
  if (proof.size() > kCompactJwtBytesMax) return invalid("proof", "too large");
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const jose::Jws jws, jose::Jws::parse(proof));
  MIBUN_TRY(const jose::Jwk jwk, header_key(jws));
  const jose::JwsPolicy jws_policy{.typ = kTyp, .key_headers = kKeyHeaders};
  MIBUN_TRY_AS(ErrorCode::dpop_invalid_proof, "dpop", const jose::VerifiedJws jwt, jws.verify(jwk.key(), jws_policy));

  json::ObjectReader claims(jwt.payload(), "");
  VerifiedDpop verified;
  verified.jkt_ = jwk.thumbprint();
  MIBUN_TRY(verified.jti_, bounded_string(claims, "jti", kJtiCharactersMax));
  MIBUN_CHECK(check_target(claims, policy));
  MIBUN_TRY(verified.iat_, check_iat(claims, policy.now));
  if (const auto* resource = std::get_if<DpopAtResource>(&policy.endpoint)) {
    MIBUN_CHECK(check_binding(claims, verified.jkt_, *resource));
  }
  if (claims.optional_any("nonce") != nullptr) {
    MIBUN_TRY(verified.nonce_, bounded_string(claims, "nonce", kNonceCharactersMax));
  } else if (std::holds_alternative<DpopNonceRequired>(policy.nonce)) {
    return fail(ErrorCode::dpop_use_nonce, "dpop.nonce", "missing");
  }
  return verified;
}

// The last moment at which the proof could pass again, with the clocks of all our machines apart by the most allowed.
Instant VerifiedDpop::remember_until() const {
  return iat_ + kProofAgeMax + 2 * kClockSkewMax;
}

}  // namespace mibun::oid4vci
