#include "core/sd_jwt/key_binding.h"

#include <string_view>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/digest.h"

namespace mibun::sd_jwt {
namespace {

// A kid names nothing we use: the key is the one in cnf.
constexpr std::string_view kKeyHeaders[] = {"kid"};

// The JWS floor's codes, seen from here. Its policy refusals (alg, typ, crit, key headers) keep their own names.
std::unexpected<Error> as_key_binding_error(Error error) {
  switch (error.code) {
    case ErrorCode::jws_malformed:
    case ErrorCode::jws_header_malformed:
    case ErrorCode::jws_payload_malformed:
    case ErrorCode::jwt_claim_missing:
    case ErrorCode::jwt_claim_wrong_type:
      error.code = ErrorCode::sd_jwt_key_binding_malformed;
      break;
    case ErrorCode::jws_signature_invalid:
      error.code = ErrorCode::sd_jwt_key_binding_signature_invalid;
      break;
    case ErrorCode::jwt_expired:
    case ErrorCode::jwt_not_yet_valid:
    case ErrorCode::jwt_issued_in_future:
    case ErrorCode::jwt_too_old:
      error.code = ErrorCode::sd_jwt_key_binding_time;
      break;
    default:
      break;
  }
  error.where = "key_binding." + error.where;
  return std::unexpected(std::move(error));
}

Result<std::string_view> text_claim(const json::Object& payload, std::string_view name) {
  const json::Value* value = payload.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return fail(ErrorCode::sd_jwt_key_binding_malformed, "key_binding." + std::string(name), "must be one string");
  }
  return std::string_view(value->get_string());
}

std::string expected_hash(const SdJwt& sd_jwt, const PresentedDigest& presented) {
  if (presented.algorithm == DigestAlgorithm::sha256) return base64url::encode(presented.sha256);
  return digest_text(presented.algorithm, digest_of(presented.algorithm, sd_jwt.without_key_binding()));
}

Status check_claims(const json::Object& payload, const std::string& expected, const KeyBindingPolicy& policy) {
  MIBUN_TRY(const std::string_view audience, text_claim(payload, "aud"));
  if (audience != policy.audience) return fail(ErrorCode::sd_jwt_key_binding_audience_mismatch, "key_binding.aud");
  MIBUN_TRY(const std::string_view nonce, text_claim(payload, "nonce"));
  if (nonce != policy.nonce) return fail(ErrorCode::sd_jwt_key_binding_nonce_mismatch, "key_binding.nonce");
  MIBUN_TRY(const std::string_view sd_hash, text_claim(payload, "sd_hash"));
  if (sd_hash != expected) {
    return fail(ErrorCode::sd_jwt_key_binding_hash_mismatch, "key_binding.sd_hash");
  }
  return {};
}

}  // namespace

Result<json::Object> verify_key_binding(const SdJwt& sd_jwt, const PresentedDigest& presented,
                                        const crypto::PublicKey& holder_key, const KeyBindingPolicy& policy,
                                        Instant now, const json::StoragePtr& storage) {
  if (policy.audience.empty() || policy.nonce.empty()) {
    return fail(ErrorCode::invalid_argument, "key_binding_policy", "audience and nonce must be said");
  }
  const auto text = sd_jwt.kb_jwt();
  if (!text) return fail(ErrorCode::sd_jwt_key_binding_missing, "key_binding");
  auto jws = jose::Jws::parse(*text, {}, storage);
  if (!jws) return as_key_binding_error(std::move(jws.error()));
  auto verified = jws->verify(holder_key, {.typ = kKeyBindingTyp, .key_headers = kKeyHeaders});
  if (!verified) return as_key_binding_error(std::move(verified.error()));
  json::Object payload = std::move(*verified).payload();
  const jose::TimePolicy times{
      .exp_required = false, .leeway = policy.iat_future_max, .iat_age_max = policy.iat_past_max};
  auto timely = jose::check_times(payload, times, now);
  if (!timely) return as_key_binding_error(std::move(timely.error()));
  MIBUN_CHECK(check_claims(payload, expected_hash(sd_jwt, presented), policy));
  return payload;
}

}  // namespace mibun::sd_jwt
