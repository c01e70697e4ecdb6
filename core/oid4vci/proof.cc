#include "core/oid4vci/proof.h"

#include <algorithm>

#include "core/jose/jws.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/key_attestation.h"
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
  const json::Value* key_attestation;  // header member; null without one. Lives as long as the JWS.
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

Result<Proof> verify_one(const jose::Jws& jws, const KeyProofPolicy& policy, const std::string& place) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_invalid_proof;
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
  return Proof{std::move(jwk), std::move(nonce), jws.unverified_header().if_contains("key_attestation")};
}

Result<std::string_view> attestation_of(const Proof& proof, const std::string& place) {
  const json::Value* member = proof.key_attestation;
  if (member == nullptr) return invalid(place, "header.key_attestation", "missing, and this issuer requires it");
  if (!member->is_string()) return invalid(place, "header.key_attestation", "not a string");
  return std::string_view(member->get_string());
}

Result<VerifiedKeyAttestation> verify_key_attestation(std::string_view jwt, const KeyAttestationRequired& required,
                                                      KeyAttestationUse use, const KeyProofPolicy& policy) {
  return VerifiedKeyAttestation::verify(jwt, {.providers = *required.providers,
                                              .key_storage = required.key_storage,
                                              .user_authentication = required.user_authentication,
                                              .use = use,
                                              .keys_max = policy.keys_max,
                                              .now = policy.now});
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
  if (request.key_attestation) header["key_attestation"] = *request.key_attestation;
  return jose::sign_jws(std::move(header), payload, signer);
}

Status VerifiedKeyProofs::share_nonce(const std::string& nonce, const std::string& place) {
  if (nonce_.empty()) nonce_ = nonce;
  if (nonce == nonce_) return {};
  return fail(ErrorCode::oid4vci_invalid_nonce, place + ".nonce", "another nonce than in the first proof");
}

Status VerifiedKeyProofs::add_proof(std::string_view text, const KeyProofPolicy& policy, const std::string& place) {
  const auto* required = std::get_if<KeyAttestationRequired>(&policy.key_attestation);
  const std::size_t bytes_max = required == nullptr ? kCompactJwtBytesMax : kAttestedProofBytesMax;
  if (text.size() > bytes_max) return invalid(place, "jwt", "too large");
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_proof, place, const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const Proof proof, verify_one(jws, policy, place));
  if (holds_key(keys_, proof.key)) return invalid(place, "header.jwk", "a key of an earlier proof");
  MIBUN_CHECK(share_nonce(proof.nonce, place));
  keys_.push_back(proof.key);

  if (required == nullptr) return {};
  MIBUN_TRY(const std::string_view attestation, attestation_of(proof, place));
  if (attestation != attestation_) {  // one for a whole batch is verified once
    MIBUN_TRY(const auto verified,
              verify_key_attestation(attestation, *required, KeyAttestationUse::in_jwt_proof, policy));
    MIBUN_CHECK(share_nonce(verified.nonce(), place + ".header.key_attestation"));
    if (verified.status()) statuses_.push_back(*verified.status());
    attested_.insert(attested_.end(), verified.keys().begin(), verified.keys().end());
    named_ = verified.keys();
    attestation_ = attestation;
  }
  if (!holds_key(named_, proof.key)) return invalid(place, "header.key_attestation", "of other keys than the proof's");
  return {};
}

Result<VerifiedKeyProofs> VerifiedKeyProofs::verify(std::span<const std::string> proofs, const KeyProofPolicy& policy) {
  if (proofs.empty()) return fail(ErrorCode::oid4vci_invalid_proof, "proofs", "missing");
  VerifiedKeyProofs verified;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    MIBUN_CHECK(verified.add_proof(proofs[i], policy, "proofs.jwt[" + std::to_string(i) + "]"));
  }
  for (const jose::Jwk& key : verified.attested_) {
    if (!holds_key(verified.keys_, key)) verified.keys_.push_back(key);
  }
  if (verified.keys_.size() > policy.keys_max) return invalid("proofs", "jwt", "more keys than a batch takes");
  return verified;
}

Result<VerifiedKeyProofs> VerifiedKeyProofs::verify_attestation(std::string_view attestation,
                                                                const KeyProofPolicy& policy) {
  const auto* required = std::get_if<KeyAttestationRequired>(&policy.key_attestation);
  if (required == nullptr) return invalid("proofs", "attestation", "key attestations are not used here");
  MIBUN_TRY(const auto shown, verify_key_attestation(attestation, *required, KeyAttestationUse::as_proof, policy));
  VerifiedKeyProofs verified;
  verified.keys_ = shown.keys();
  verified.nonce_ = shown.nonce();
  if (shown.status()) verified.statuses_.push_back(*shown.status());
  return verified;
}

}  // namespace mibun::oid4vci
