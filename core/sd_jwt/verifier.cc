#include "core/sd_jwt/verifier.h"

#include <algorithm>

#include "core/codecs/json_arena.h"
#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/credential_facts.h"
#include "core/sd_jwt/key_binding.h"
#include "core/sd_jwt/unpack.h"

namespace mibun::sd_jwt {
namespace {

constexpr json::Limits kPayloadLimits{.bytes_max = kSdJwtBytesMax};
constexpr std::string_view kIssuerKeyHeaders[] = {"x5c", "kid"};  // the key is x5c's leaf; a kid names nothing we use

json::Object copy_out(const json::Object& object) {
  return json::Object(object, json::StoragePtr());
}

Result<crypto::Certificate> verify_issuer_chain(const jose::Jws& jws, const IssuerPolicy& policy, Instant now) {
  if (!jws.unverified_header().contains("x5c")) return fail(ErrorCode::sd_jwt_issuer_not_trusted, "x5c", "missing");
  MIBUN_TRY(const std::vector<Bytes> chain, jws.x5c());
  auto leaf = policy.anchors.verify_chain(chain, now);
  if (!leaf && leaf.error().code == ErrorCode::certificate_untrusted) {
    return fail(ErrorCode::sd_jwt_issuer_not_trusted, "x5c", leaf.error().detail);
  }
  return leaf;
}

// SD-JWT VC leaves the binding of iss to x5c open (docs/threat_model.md).
Status check_issuer_name(const std::string& issuer, const crypto::Certificate& leaf) {
  if (crypto::check_names_issuer(leaf, issuer)) return {};
  return fail(ErrorCode::sd_jwt_issuer_mismatch, "iss", "not a name of the issuer's certificate");
}

Status check_issuer_times(const json::Object& payload, seconds leeway, Instant now) {
  return jose::check_times(payload, {.exp_required = false, .iat_required = false, .leeway = leeway}, now);
}

Result<CredentialFacts> check_payload(const json::Object& payload, const IssuerPolicy& policy,
                                      const crypto::Certificate& leaf, Instant now) {
  MIBUN_CHECK(check_issuer_times(payload, policy.leeway, now));
  MIBUN_TRY(CredentialFacts facts, read_facts(payload));
  MIBUN_CHECK(check_issuer_name(facts.issuer, leaf));
  if (std::ranges::find(policy.vcts, facts.vct) == policy.vcts.end()) {
    return fail(ErrorCode::sd_jwt_vct_mismatch, "vct", "not an accepted type");
  }
  return facts;
}

}  // namespace

// The only maker of verified things.
struct Checker {
  struct Credential {
    VerifiedSdJwt verified;
    crypto::Sha256Digest presented;  // of all but the key binding JWT
  };

  static Result<Credential> check_credential(SdJwt sd_jwt, const IssuerPolicy& policy, Instant now,
                                             json::Arena& arena) {
    MIBUN_TRY(jose::Jws jws, jose::Jws::parse(sd_jwt.issuer_jwt(), kPayloadLimits, arena.storage()));
    MIBUN_TRY(crypto::Certificate leaf, verify_issuer_chain(jws, policy, now));
    const crypto::Sha256Digest presented = jws.digest_of_longer(sd_jwt.without_key_binding());
    const jose::JwsPolicy jws_policy{.typ = kCredentialTyp, .key_headers = kIssuerKeyHeaders};
    MIBUN_TRY(jose::VerifiedJws verified, std::move(jws).verify(leaf.public_key(), jws_policy));
    json::Object payload = std::move(verified).payload();
    MIBUN_TRY(CredentialFacts facts, check_payload(payload, policy, leaf, now));
    MIBUN_TRY(const json::Object claims, unpack(std::move(payload), sd_jwt));
    VerifiedSdJwt result(std::move(sd_jwt), std::move(leaf), facts.holder_key);
    result.claims_ = copy_out(claims);
    result.vct_ = std::move(facts.vct);
    result.issuer_ = std::move(facts.issuer);
    result.status_ = std::move(facts.status);
    result.expires_ = facts.expires;
    return Credential{std::move(result), presented};
  }

  static VerifiedPresentation presentation(VerifiedSdJwt credential, const json::Object& key_binding_payload) {
    return VerifiedPresentation(std::move(credential), copy_out(key_binding_payload));
  }

  static Result<VerifiedPlainSdJwt> check_plain(const SdJwt& sd_jwt, const PlainPolicy& policy,
                                                const KeyBindingDemand& demand, Instant now, json::Arena& arena) {
    MIBUN_TRY(jose::Jws jws, jose::Jws::parse(sd_jwt.issuer_jwt(), kPayloadLimits, arena.storage()));
    const jose::JwsPolicy jws_policy{.typ = policy.typ, .key_headers = policy.key_headers};
    MIBUN_TRY(jose::VerifiedJws verified, std::move(jws).verify(policy.issuer_key, jws_policy));
    MIBUN_CHECK(check_issuer_times(verified.payload(), policy.leeway, now));
    MIBUN_TRY(const json::Object claims, unpack(json::Object(verified.payload()), sd_jwt));
    VerifiedPlainSdJwt result(copy_out(claims));
    const auto* key_binding = std::get_if<KeyBindingPolicy>(&demand);
    if (key_binding == nullptr) return result;
    MIBUN_TRY(const auto holder_key, read_holder_key(verified.payload()));
    const auto presented = crypto::sha256(sd_jwt.without_key_binding());
    MIBUN_TRY(const json::Object signed_by_holder,
              verify_key_binding(sd_jwt, presented, holder_key, *key_binding, now, arena.storage()));
    result.key_binding_payload_ = copy_out(signed_by_holder);
    return result;
  }
};

Result<VerifiedPresentation> verify_presentation(std::string_view text, const IssuerPolicy& issuer,
                                                 const KeyBindingPolicy& key_binding, Instant now) {
  MIBUN_TRY(SdJwt sd_jwt, SdJwt::parse(text));
  if (!sd_jwt.kb_jwt()) return fail(ErrorCode::sd_jwt_key_binding_missing, "key_binding");
  json::Arena arena;
  MIBUN_TRY(Checker::Credential credential, Checker::check_credential(std::move(sd_jwt), issuer, now, arena));
  const VerifiedSdJwt& verified = credential.verified;
  MIBUN_TRY(const json::Object payload, verify_key_binding(verified.sd_jwt(), credential.presented,
                                                           verified.holder_key(), key_binding, now, arena.storage()));
  return Checker::presentation(std::move(credential.verified), payload);
}

Result<VerifiedSdJwt> verify_issued(std::string_view text, const IssuerPolicy& issuer, Instant now) {
  MIBUN_TRY(SdJwt sd_jwt, SdJwt::parse(text));
  if (sd_jwt.kb_jwt()) return fail(ErrorCode::sd_jwt_key_binding_unexpected, "key_binding");
  json::Arena arena;
  MIBUN_TRY(Checker::Credential credential, Checker::check_credential(std::move(sd_jwt), issuer, now, arena));
  return std::move(credential.verified);
}

Result<VerifiedPlainSdJwt> verify_plain_sd_jwt(std::string_view text, const PlainPolicy& issuer,
                                               const KeyBindingDemand& key_binding, Instant now) {
  MIBUN_TRY(const SdJwt sd_jwt, SdJwt::parse(text));
  const bool expected = std::holds_alternative<KeyBindingPolicy>(key_binding);
  if (sd_jwt.kb_jwt() && !expected) return fail(ErrorCode::sd_jwt_key_binding_unexpected, "key_binding");
  if (!sd_jwt.kb_jwt() && expected) return fail(ErrorCode::sd_jwt_key_binding_missing, "key_binding");
  json::Arena arena;
  return Checker::check_plain(sd_jwt, issuer, key_binding, now, arena);
}

}  // namespace mibun::sd_jwt
