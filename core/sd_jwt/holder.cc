#include "core/sd_jwt/holder.h"

#include <algorithm>

#include "core/crypto/x509.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/credential_facts.h"
#include "core/sd_jwt/digest.h"

namespace mibun::sd_jwt {
namespace {

constexpr json::Limits kPayloadLimits{.bytes_max = kSdJwtBytesMax};

// What the protocol needs and nobody shows.
constexpr std::string_view kProtocolClaims[] = {"iss", "iat",           "nbf",    "exp",      "cnf",
                                                "vct", "vct#integrity", "status", "aka_vcts", "sub"};

bool is_protocol_claim(std::string_view name) {
  return std::ranges::find(kProtocolClaims, name) != std::end(kProtocolClaims);
}

class Lister {
 public:
  Lister(const std::vector<Disclosed>& disclosed, std::vector<HeldClaim>& out) : disclosed_(disclosed), out_(out) {}

  void list(const json::Object& object) {
    for (const auto& member : object) {
      if (place_.empty() && is_protocol_claim(member.key())) continue;
      place_.emplace_back(std::string(member.key()));
      const json::Object* inner = member.value().if_object();
      if (inner != nullptr && !inner->empty()) {
        list(*inner);
      } else {
        out_.push_back({ClaimPath(place_), member.value(), is_disclosable()});
      }
      place_.pop_back();
    }
  }

 private:
  bool is_disclosable() const {
    return std::ranges::any_of(
        disclosed_, [&](const Disclosed& one) { return is_within(place_, one.place) || is_within(one.place, place_); });
  }

  const std::vector<Disclosed>& disclosed_;
  std::vector<HeldClaim>& out_;
  Place place_;
};

Result<std::string> sign_key_binding(const std::string& sd_hash, const KeyBinding& key_binding,
                                     const crypto::Signer& signer) {
  json::Object payload{{"iat", key_binding.iat.unix_seconds()},
                       {"aud", key_binding.audience},
                       {"nonce", key_binding.nonce},
                       {"sd_hash", sd_hash}};
  for (const auto& member : key_binding.extra_claims) {
    if (!payload.emplace(member.key(), member.value()).second) {
      return fail(ErrorCode::invalid_argument, "key_binding.extra_claims", "names a claim of its own");
    }
  }
  return jose::sign_jws({{"typ", kKeyBindingTyp}}, payload, signer);
}

// Everything that some policy of this wallet may have taken at reception.
constexpr AllowedSignatures kSignatures{crypto::SignatureAlgorithm::es256, crypto::SignatureAlgorithm::es384,
                                        crypto::SignatureAlgorithm::ed25519};
constexpr AllowedDigests kDigests{DigestAlgorithm::sha256, DigestAlgorithm::sha384, DigestAlgorithm::sha512};

// The issuer of a credential without "iss".
Result<std::string> certificate_subject(const jose::Jws& jws) {
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(const crypto::Certificate leaf, crypto::Certificate::parse(chain.members().front()));
  return leaf.subject();
}

}  // namespace

HeldCredential::HeldCredential(const VerifiedSdJwt& verified) : sd_jwt_(verified.sd_jwt()), facts_(verified.facts()) {
  auto opened = reopen_stored(verified.text());
  MIBUN_INVARIANT(opened.has_value());  // verifying checked the same and more
  *this = std::move(*opened);
}

Result<HeldCredential> HeldCredential::reopen_stored(std::string_view text) {
  MIBUN_TRY(SdJwt sd_jwt, SdJwt::parse(text));
  if (sd_jwt.kb_jwt()) return fail(ErrorCode::sd_jwt_key_binding_unexpected, "key_binding");
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(sd_jwt.issuer_jwt(), kPayloadLimits));
  MIBUN_TRY(json::Object payload, jws.unverified_payload());
  std::string subject;
  if (!payload.contains("iss")) {
    MIBUN_TRY(subject, certificate_subject(jws));
  }
  MIBUN_TRY(CredentialFacts facts, read_facts(payload, kSignatures, &subject));
  MIBUN_TRY(const DigestAlgorithm digests, read_digest_algorithm(payload, kDigests));
  HeldCredential held(std::move(sd_jwt), std::move(facts));
  held.digests_ = digests;
  MIBUN_TRY(held.claims_, unpack(std::move(payload), held.sd_jwt_, {.digests = digests}, &held.disclosed_));
  return held;
}

std::vector<HeldClaim> HeldCredential::list() const {
  std::vector<HeldClaim> claims;
  Lister(disclosed_, claims).list(claims_);
  return claims;
}

Result<std::vector<bool>> HeldCredential::choose(std::span<const ClaimPath> selected) const {
  std::vector<bool> chosen(sd_jwt_.disclosure_count(), false);
  for (std::size_t i = 0; i < selected.size(); ++i) {
    const auto places = find_places(claims_, selected[i]);
    if (places.empty()) return fail(ErrorCode::sd_jwt_path_not_found, "selected[" + std::to_string(i) + "]");
    for (const Place& place : places) {
      for (const Disclosed& one : disclosed_) {
        if (is_within(place, one.place) || is_within(one.place, place)) chosen[one.disclosure] = true;
      }
    }
  }
  return chosen;
}

Result<std::string> HeldCredential::present_without_key_binding(std::span<const ClaimPath> selected) const {
  MIBUN_TRY(const std::vector<bool> chosen, choose(selected));
  std::string text(sd_jwt_.issuer_jwt());
  text += '~';
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!chosen[i]) continue;
    text += sd_jwt_.disclosure(i);
    text += '~';
  }
  return text;
}

Result<std::string> HeldCredential::present(std::span<const ClaimPath> selected, const KeyBinding& key_binding,
                                            const crypto::Signer& signer) const {
  if (key_binding.audience.empty() || key_binding.nonce.empty()) {
    return fail(ErrorCode::invalid_argument, "key_binding", "audience and nonce must be said");
  }
  if (signer.verification_key() != holder_key()) {
    return fail(ErrorCode::invalid_argument, "signer", "not the holder's key");
  }
  MIBUN_TRY(const std::string text, present_without_key_binding(selected));
  const std::string sd_hash = digest_text(digests_, digest_of(digests_, text));
  MIBUN_TRY(const std::string signature, sign_key_binding(sd_hash, key_binding, signer));
  return text + signature;
}

}  // namespace mibun::sd_jwt
