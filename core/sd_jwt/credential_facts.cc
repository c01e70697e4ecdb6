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

constexpr std::size_t kAkaVctsMax = 64;

std::unexpected<Error> bad_types(const char* detail) {
  return fail(ErrorCode::sd_jwt_types_malformed, "aka_vcts", detail);
}

// A non-empty array of strings without the "vct" itself: SD-JWT VC, section 2.2.2.2.
Result<std::vector<std::string>> read_aka_vcts(const json::Object& payload, std::string_view vct) {
  const json::Value* value = payload.if_contains("aka_vcts");
  if (value == nullptr) return std::vector<std::string>();
  const json::Array* array = value->if_array();
  if (array == nullptr || array->empty() || array->size() > kAkaVctsMax) return bad_types("not an array of types");
  std::vector<std::string> types;
  types.reserve(array->size());
  for (const json::Value& element : *array) {
    const auto* type = element.if_string();
    if (type == nullptr || type->empty()) return bad_types("must hold strings");
    if (std::string_view(*type) == vct) return bad_types("repeats vct");
    types.emplace_back(*type);
  }
  return types;
}

Result<std::optional<Integrity>> read_integrity(const json::Object& payload) {
  const json::Value* value = payload.if_contains("vct#integrity");
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return fail(ErrorCode::sd_jwt_integrity_malformed, "vct#integrity", "not a string");
  MIBUN_TRY(Integrity integrity, Integrity::parse(value->get_string()));
  return integrity;
}

Result<std::string> read_issuer(const json::Object& payload, const std::string* certificate_subject) {
  if (certificate_subject != nullptr && !payload.contains("iss")) return *certificate_subject;
  return required_text(payload, "iss");
}

}  // namespace

Result<crypto::PublicKey> read_holder_key(const json::Object& payload, AllowedSignatures allowed) {
  const json::Value* cnf = payload.if_contains("cnf");
  if (cnf == nullptr || !cnf->is_object()) return fail(ErrorCode::sd_jwt_holder_key_missing, "cnf");
  const json::Object& confirmation = cnf->get_object();
  const json::Value* jwk = confirmation.if_contains("jwk");
  if (jwk == nullptr || !jwk->is_object()) return fail(ErrorCode::sd_jwt_holder_key_missing, "cnf.jwk");
  if (confirmation.contains("jwe") || confirmation.contains("jku")) {  // RFC 7800, section 3.1
    return fail(ErrorCode::sd_jwt_holder_key_missing, "cnf", "more than one key");
  }
  MIBUN_TRY(const jose::Jwk key, jose::Jwk::parse(jwk->get_object()));
  MIBUN_CHECK(key.check_use(jose::KeyUse::signature));
  const crypto::PublicKey holder_key = key.key();
  if (!allowed.contains(holder_key.algorithm())) {
    return fail(ErrorCode::algorithm_not_allowed, "cnf.jwk", "not a kind of key the policy takes");
  }
  return holder_key;
}

Result<CredentialFacts> read_facts(const json::Object& payload, AllowedSignatures holder_algorithms,
                                   const std::string* certificate_subject) {
  MIBUN_TRY(std::string vct, required_text(payload, "vct"));
  MIBUN_TRY(auto aka_vcts, read_aka_vcts(payload, vct));
  MIBUN_TRY(auto integrity, read_integrity(payload));
  MIBUN_TRY(std::string issuer, read_issuer(payload, certificate_subject));
  MIBUN_TRY(const crypto::PublicKey holder_key, read_holder_key(payload, holder_algorithms));
  MIBUN_TRY(auto status, read_status(payload));
  MIBUN_TRY(const auto expires, read_expiry(payload));
  return CredentialFacts{
      std::move(vct), std::move(aka_vcts), std::move(integrity), std::move(issuer), holder_key, std::move(status),
      expires};
}

}  // namespace mibun::sd_jwt
