#include "core/oid4vci/proof.h"

#include <algorithm>

#include "core/jose/jws.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kTyp = "openid4vci-proof+jwt";
constexpr std::string_view kKeyHeaders[] = {"jwk"};

std::unexpected<Error> invalid(const std::string& place, const char* where, std::string detail) {
  return fail(ErrorCode::oid4vci_invalid_proof, place + "." + where, std::move(detail));
}

struct Proof {
  jose::Jwk key;
  std::string nonce;
};

Status check_client(json::ObjectReader& claims, const KeyProofPolicy& policy, const std::string& place) {
  const json::Value* iss = claims.optional_any("iss");
  if (iss == nullptr) return {};
  const auto* known = std::get_if<KnownClient>(&policy.client);
  if (known == nullptr) return invalid(place, "iss", "must be absent for an anonymous client");
  if (!iss->is_string() || iss->get_string() != known->client_id) return invalid(place, "iss", "another client");
  return {};
}

Status check_iat(json::ObjectReader& claims, Instant now, const std::string& place) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_proof, place, const json::Value* value, claims.any("iat"));
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_proof, place, const Instant iat, jose::numeric_date(*value, "iat"));
  if (now - iat > kProofAgeMax) return invalid(place, "iat", "too old");
  if (iat - now > kClockSkewMax) return invalid(place, "iat", "in the future");
  return {};
}

Result<std::string> read_nonce(json::ObjectReader& claims, const std::string& place) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_proof, place, const std::string_view nonce, claims.string("nonce"));
  if (nonce.empty() || nonce.size() > kNonceCharactersMax) return invalid(place, "nonce", "empty or too long");
  return std::string(nonce);
}

Result<Proof> verify_one(std::string_view text, const KeyProofPolicy& policy, const std::string& place) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_invalid_proof;
  if (text.size() > kCompactJwtBytesMax) return invalid(place, "jwt", "too large");
  MIBUN_TRY_AS(kCode, place, const jose::Jws jws, jose::Jws::parse(text));
  const json::Value* member = jws.unverified_header().if_contains("jwk");
  if (member == nullptr || !member->is_object()) return invalid(place, "header.jwk", "missing");
  MIBUN_TRY_AS(kCode, place, jose::Jwk jwk, jose::Jwk::parse(member->get_object()));
  if (const auto p256 = jwk.p256(); !p256) return invalid(place, "header.jwk", "only P-256 is offered");
  const jose::JwsPolicy jws_policy{.typ = kTyp, .key_headers = kKeyHeaders};
  MIBUN_TRY_AS(kCode, place, const jose::VerifiedJws jwt, jws.verify(jwk.key(), jws_policy));

  json::ObjectReader claims(jwt.payload(), "");
  MIBUN_TRY_AS(kCode, place, const std::string_view aud, claims.string("aud"));
  if (aud != policy.credential_issuer) return invalid(place, "aud", "another credential issuer");
  MIBUN_CHECK(check_client(claims, policy, place));
  MIBUN_CHECK(check_iat(claims, policy.now, place));
  MIBUN_TRY(std::string nonce, read_nonce(claims, place));
  return Proof{std::move(jwk), std::move(nonce)};
}

bool holds_key(const std::vector<jose::Jwk>& keys, const jose::Jwk& key) {
  return std::ranges::any_of(keys, [&](const jose::Jwk& other) { return other.key() == key.key(); });
}

}  // namespace

Result<std::string> make_key_proof(const KeyProofRequest& request, const crypto::P256Signer& signer, Instant now) {
  json::Object payload;
  if (request.client_id) payload["iss"] = *request.client_id;
  payload["aud"] = request.credential_issuer;
  payload["iat"] = now.unix_seconds();
  payload["nonce"] = request.nonce;
  json::Object header{{"typ", kTyp}, {"jwk", jose::Jwk(signer.public_key()).to_json()}};
  return jose::sign_jws(std::move(header), payload, signer);
}

Result<VerifiedKeyProofs> VerifiedKeyProofs::verify(std::span<const std::string> proofs, const KeyProofPolicy& policy) {
  if (proofs.empty()) return fail(ErrorCode::oid4vci_invalid_proof, "proofs", "missing");
  VerifiedKeyProofs verified;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    const std::string place = "proofs.jwt[" + std::to_string(i) + "]";
    MIBUN_TRY(Proof proof, verify_one(proofs[i], policy, place));
    if (holds_key(verified.keys_, proof.key)) return invalid(place, "header.jwk", "a key of an earlier proof");
    if (i == 0) verified.nonce_ = proof.nonce;
    if (proof.nonce != verified.nonce_) {
      return fail(ErrorCode::oid4vci_invalid_nonce, place + ".nonce", "another nonce than in the first proof");
    }
    verified.keys_.push_back(std::move(proof.key));
  }
  return verified;
}

}  // namespace mibun::oid4vci
