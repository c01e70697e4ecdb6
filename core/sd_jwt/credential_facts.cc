#include "core/sd_jwt/credential_facts.h"

#include "core/jose/jwk.h"
#include "core/jose/jws.h"

namespace mibun::sd_jwt {
namespace {

Result<std::string> required_text(const json::Object& payload, std::string_view name) {
  const json::Value* value = payload.if_contains(name);
  if (value == nullptr) return fail(ErrorCode::sd_jwt_missing_claim, std::string(name));
  if (!value->is_string() || value->get_string().empty()) {
    return fail(ErrorCode::jwt_claim_wrong_type, std::string(name), "must be a string");
  }
  return std::string(value->get_string());
}

std::unexpected<Error> bad_status(const char* detail) {
  return fail(ErrorCode::status_reference_malformed, "status", detail);
}

Result<std::optional<StatusReference>> read_status(const json::Object& payload) {
  const json::Value* status = payload.if_contains("status");
  if (status == nullptr) return std::nullopt;
  if (!status->is_object()) return bad_status("not an object");
  // Another mechanism cannot be asked, and what cannot be asked is not valid.
  const json::Value* list = status->get_object().if_contains("status_list");
  if (list == nullptr || !list->is_object()) return bad_status("no status_list");
  const json::Value* uri = list->get_object().if_contains("uri");
  const json::Value* index = list->get_object().if_contains("idx");
  if (uri == nullptr || !uri->is_string() || uri->get_string().empty()) return bad_status("no uri");
  if (index == nullptr || !index->is_number() || index->is_double()) return bad_status("no idx");
  if (index->is_int64() && index->get_int64() < 0) return bad_status("negative idx");
  return StatusReference{std::string(uri->get_string()), index->to_number<std::uint64_t>()};
}

Result<std::optional<Instant>> read_expiry(const json::Object& payload) {
  const json::Value* exp = payload.if_contains("exp");
  if (exp == nullptr) return std::nullopt;
  MIBUN_TRY(const Instant instant, jose::numeric_date(*exp, "exp"));
  return instant;
}

}  // namespace

Result<crypto::P256PublicKey> read_holder_key(const json::Object& payload) {
  const json::Value* cnf = payload.if_contains("cnf");
  if (cnf == nullptr || !cnf->is_object()) return fail(ErrorCode::sd_jwt_holder_key_missing, "cnf");
  const json::Value* jwk = cnf->get_object().if_contains("jwk");
  if (jwk == nullptr || !jwk->is_object()) return fail(ErrorCode::sd_jwt_holder_key_missing, "cnf.jwk");
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(jwk->get_object()));
  return key.key();
}

Result<CredentialFacts> read_facts(const json::Object& payload) {
  MIBUN_TRY(std::string vct, required_text(payload, "vct"));
  MIBUN_TRY(std::string issuer, required_text(payload, "iss"));
  MIBUN_TRY(const crypto::P256PublicKey holder_key, read_holder_key(payload));
  MIBUN_TRY(auto status, read_status(payload));
  MIBUN_TRY(const auto expires, read_expiry(payload));
  return CredentialFacts{std::move(vct), std::move(issuer), holder_key, std::move(status), expires};
}

}  // namespace mibun::sd_jwt
