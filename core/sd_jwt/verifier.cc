#include "core/sd_jwt/verifier.h"

#include <algorithm>

#include "core/codecs/json_arena.h"
#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/credential_facts.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/json_form.h"
#include "core/sd_jwt/key_binding.h"
#include "core/sd_jwt/unpack.h"

namespace mibun::sd_jwt {
namespace {

constexpr json::Limits kPayloadLimits{.bytes_max = kSdJwtBytesMax};
constexpr std::string_view kIssuerKeyHeaders[] = {"x5c", "kid"};  // the key is x5c's leaf; a kid names nothing we use

json::Object copy_out(const json::Object& object) {
  return json::Object(object, json::StoragePtr());
}

Result<crypto::CertificateChain> read_issuer_chain(const jose::Jws& jws) {
  if (!jws.unverified_header().contains("x5c")) return fail(ErrorCode::sd_jwt_issuer_not_trusted, "x5c", "missing");
  return jws.x5c();
}

Result<crypto::Certificate> verify_issuer_chain(const crypto::CertificateChain& chain, const IssuerPolicy& policy,
                                                Instant now) {
  auto leaf = policy.anchors.verify_chain(chain, now);
  if (!leaf && leaf.error().code == ErrorCode::certificate_untrusted) {
    return fail(ErrorCode::sd_jwt_issuer_not_trusted, "x5c", leaf.error().detail);
  }
  if (leaf && !policy.issuer_algorithms.contains(leaf->public_key().algorithm())) {
    return fail(ErrorCode::algorithm_not_allowed, "x5c", "not a kind of key the policy takes");
  }
  return leaf;
}

// SD-JWT VC leaves the binding of iss to x5c open (docs/threat_model.md).
Status check_issuer_name(const std::string& issuer, const crypto::Certificate& leaf) {
  if (crypto::check_names_issuer(leaf, issuer)) return {};
  return fail(ErrorCode::sd_jwt_issuer_mismatch, "iss", "not a name of the issuer's certificate");
}

constexpr jose::TimePolicy issuer_times(seconds leeway) {
  return {.exp_required = false, .iat_required = false, .leeway = leeway};
}

// RFC 7519, section 4.1.3: who does not find its own name in "aud" refuses.
Status check_audience(const json::Object& claims, const std::vector<std::string>& ours) {
  const json::Value* audience = claims.if_contains("aud");
  if (audience == nullptr) return {};
  const auto is_ours = [&](const json::Value& value) {
    return value.is_string() && std::ranges::find(ours, std::string_view(value.get_string())) != ours.end();
  };
  const bool named = audience->is_array() ? std::ranges::any_of(audience->get_array(), is_ours) : is_ours(*audience);
  if (named) return {};
  return fail(ErrorCode::jwt_audience_mismatch, "aud", "names somebody else");
}

bool accepts_type(const IssuerPolicy& policy, const CredentialFacts& facts) {
  const auto listed = [&](const std::string& type) {
    return std::ranges::find(policy.vcts, type) != policy.vcts.end();
  };
  return listed(facts.vct) || std::ranges::any_of(facts.aka_vcts, listed);
}

Result<CredentialFacts> check_payload(const json::Object& payload, const IssuerPolicy& policy,
                                      const crypto::Certificate& leaf, Instant now) {
  MIBUN_CHECK(jose::check_times(payload, issuer_times(policy.leeway), now));
  const bool may_be_absent = policy.issuer_name == IssuerName::from_certificate;
  MIBUN_TRY(CredentialFacts facts,
            read_facts(payload, policy.holder_algorithms, may_be_absent ? &leaf.subject() : nullptr));
  if (payload.contains("iss")) {
    MIBUN_CHECK(check_issuer_name(facts.issuer, leaf));
  }
  if (!accepts_type(policy, facts)) return fail(ErrorCode::sd_jwt_vct_mismatch, "vct", "not an accepted type");
  return facts;
}

// What may be disclosed and is judged all the same: RFC 9901, section 7.1, step 6.
Status check_disclosed(const json::Object& claims, bool iat_was_clear, const IssuerPolicy& policy, Instant now) {
  MIBUN_CHECK(check_audience(claims, policy.audiences));
  if (iat_was_clear || !claims.contains("iat")) return {};
  return jose::check_times(claims, issuer_times(policy.leeway), now);
}

Result<SdJwt> parse_presented(Result<SdJwt> parsed) {
  if (parsed && !parsed->kb_jwt()) return fail(ErrorCode::sd_jwt_key_binding_missing, "key_binding");
  return parsed;
}

Result<SdJwt> parse_unbound(Result<SdJwt> parsed) {
  if (parsed && parsed->kb_jwt()) return fail(ErrorCode::sd_jwt_key_binding_unexpected, "key_binding");
  return parsed;
}

}  // namespace

// The only maker of verified things.
struct Checker {
  struct Credential {
    VerifiedSdJwt verified;
    PresentedDigest presented;
  };

  static Result<Credential> check_credential(SdJwt sd_jwt, const IssuerPolicy& policy, Instant now,
                                             json::Arena& arena) {
    MIBUN_TRY(jose::Jws jws, jose::Jws::parse(sd_jwt.issuer_jwt(), kPayloadLimits, arena.storage()));
    MIBUN_TRY(crypto::CertificateChain chain, read_issuer_chain(jws));
    MIBUN_TRY(crypto::Certificate leaf, verify_issuer_chain(chain, policy, now));
    const crypto::Sha256Digest presented = jws.digest_of_longer(sd_jwt.without_key_binding());
    const jose::JwsPolicy jws_policy{.typ = kCredentialTyp, .key_headers = kIssuerKeyHeaders};
    MIBUN_TRY(jose::VerifiedJws verified, jws.verify(leaf.public_key(), jws_policy));
    json::Object payload = std::move(verified).payload();
    MIBUN_TRY(CredentialFacts facts, check_payload(payload, policy, leaf, now));
    MIBUN_TRY(const DigestAlgorithm digests, read_digest_algorithm(payload, policy.digests));
    const bool iat_was_clear = payload.contains("iat");
    MIBUN_TRY(const json::Object claims, unpack(std::move(payload), sd_jwt, {.digests = digests}));
    MIBUN_CHECK(check_disclosed(claims, iat_was_clear, policy, now));
    VerifiedSdJwt result(std::move(sd_jwt), std::move(chain), std::move(leaf), std::move(facts));
    result.claims_ = copy_out(claims);
    return Credential{std::move(result), {digests, presented}};
  }

  static Result<VerifiedPresentation> presentation(Result<SdJwt> parsed, const IssuerPolicy& issuer,
                                                   const KeyBindingPolicy& key_binding, Instant now) {
    MIBUN_TRY(SdJwt sd_jwt, parse_presented(std::move(parsed)));
    json::Arena arena;
    MIBUN_TRY(Credential credential, check_credential(std::move(sd_jwt), issuer, now, arena));
    const VerifiedSdJwt& verified = credential.verified;
    MIBUN_TRY(const json::Object payload, verify_key_binding(verified.sd_jwt(), credential.presented,
                                                             verified.holder_key(), key_binding, now, arena.storage()));
    return VerifiedPresentation(std::move(credential.verified), copy_out(payload));
  }

  static Result<VerifiedSdJwt> issued(Result<SdJwt> parsed, const IssuerPolicy& issuer, Instant now) {
    MIBUN_TRY(SdJwt sd_jwt, parse_unbound(std::move(parsed)));
    json::Arena arena;
    MIBUN_TRY(Credential credential, check_credential(std::move(sd_jwt), issuer, now, arena));
    return std::move(credential.verified);
  }

  static Status check_plain_claims(const json::Object& claims, const PlainPolicy& policy, Instant now) {
    for (const std::string_view name : policy.required_claims) {
      if (!claims.contains(name)) return fail(ErrorCode::sd_jwt_missing_claim, std::string(name));
    }
    MIBUN_CHECK(check_audience(claims, policy.audiences));
    return jose::check_times(claims, issuer_times(policy.leeway), now);
  }

  static Result<VerifiedPlainSdJwt> plain(Result<SdJwt> parsed, const PlainPolicy& policy,
                                          const KeyBindingDemand& demand, Instant now) {
    const auto* key_binding = std::get_if<KeyBindingPolicy>(&demand);
    MIBUN_TRY(const SdJwt sd_jwt,
              key_binding != nullptr ? parse_presented(std::move(parsed)) : parse_unbound(std::move(parsed)));
    json::Arena arena;
    MIBUN_TRY(jose::Jws jws, jose::Jws::parse(sd_jwt.issuer_jwt(), kPayloadLimits, arena.storage()));
    const crypto::Sha256Digest presented = jws.digest_of_longer(sd_jwt.without_key_binding());
    const jose::JwsPolicy jws_policy{.typ = policy.typ, .key_headers = policy.key_headers};
    MIBUN_TRY(jose::VerifiedJws verified, jws.verify(policy.issuer_key, jws_policy));
    json::Object payload = std::move(verified).payload();
    MIBUN_TRY(const DigestAlgorithm digests, read_digest_algorithm(payload, policy.digests));
    MIBUN_TRY(const json::Object claims,
              unpack(std::move(payload), sd_jwt, {.digests = digests, .protect_claims = false}));
    MIBUN_CHECK(check_plain_claims(claims, policy, now));
    VerifiedPlainSdJwt result(copy_out(claims));
    if (key_binding == nullptr) return result;
    MIBUN_TRY(const auto holder_key, read_holder_key(claims, policy.holder_algorithms));
    MIBUN_TRY(const json::Object signed_by_holder,
              verify_key_binding(sd_jwt, {digests, presented}, holder_key, *key_binding, now, arena.storage()));
    result.key_binding_payload_ = copy_out(signed_by_holder);
    return result;
  }
};

Result<VerifiedPresentation> verify_presentation(std::string_view text, const IssuerPolicy& issuer,
                                                 const KeyBindingPolicy& key_binding, Instant now) {
  return Checker::presentation(SdJwt::parse(text), issuer, key_binding, now);
}

Result<VerifiedPresentation> verify_presentation_json(std::string_view text, const IssuerPolicy& issuer,
                                                      const KeyBindingPolicy& key_binding, Instant now) {
  return Checker::presentation(parse_json(text), issuer, key_binding, now);
}

Result<VerifiedSdJwt> verify_issued(std::string_view text, const IssuerPolicy& issuer, Instant now) {
  return Checker::issued(SdJwt::parse(text), issuer, now);
}

Result<VerifiedSdJwt> verify_issued_json(std::string_view text, const IssuerPolicy& issuer, Instant now) {
  return Checker::issued(parse_json(text), issuer, now);
}

Result<VerifiedPlainSdJwt> verify_plain_sd_jwt(std::string_view text, const PlainPolicy& issuer,
                                               const KeyBindingDemand& key_binding, Instant now) {
  return Checker::plain(SdJwt::parse(text), issuer, key_binding, now);
}

Result<VerifiedPlainSdJwt> verify_plain_sd_jwt_json(std::string_view text, const PlainPolicy& issuer,
                                                    const KeyBindingDemand& key_binding, Instant now) {
  return Checker::plain(parse_json(text), issuer, key_binding, now);
}

}  // namespace mibun::sd_jwt
