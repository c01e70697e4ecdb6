#include "core/oid4vci/encryption.h"

#include <algorithm>
#include <set>

#include "core/jose/jwk_set.h"
#include "core/oid4vci/cause.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kEcdhEs = "ECDH-ES";
constexpr std::string_view kJson = "application/json";
constexpr jose::ContentEncryption kEncs[] = {jose::ContentEncryption::a128gcm, jose::ContentEncryption::a256gcm};

std::unexpected<Error> bad_metadata(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_metadata_malformed, std::move(where), std::move(detail));
}

std::unexpected<Error> bad_parameters(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_invalid_encryption_parameters, std::move(where), std::move(detail));
}

std::optional<jose::ContentEncryption> find_enc(std::string_view name) {
  for (const jose::ContentEncryption enc : kEncs) {
    if (to_string(enc) == name) return enc;
  }
  return std::nullopt;
}

json::Array names_of(const std::vector<jose::ContentEncryption>& encs) {
  json::Array names;
  for (const jose::ContentEncryption enc : encs) names.push_back(json::Value(to_string(enc)));
  return names;
}

Result<std::vector<std::string>> read_names(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "", const json::Array* array, reader.array(name));
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "", auto names, json::string_array(*array, reader.place(name)));
  if (names.empty()) return bad_metadata(reader.place(name), "empty");
  return names;
}

Result<std::vector<jose::ContentEncryption>> read_encs(json::ObjectReader& reader) {
  MIBUN_TRY(const auto names, read_names(reader, "enc_values_supported"));
  std::vector<jose::ContentEncryption> encs;
  for (const std::string& name : names) {
    const auto enc = find_enc(name);
    if (enc && std::ranges::find(encs, *enc) == encs.end()) encs.push_back(*enc);
  }
  return encs;
}

// "The alg parameter MUST be present" (section 10).
bool is_ours(const jose::Jwk& key) {
  return key.p256().has_value() && key.alg() == kEcdhEs && key.check_use(jose::KeyUse::encryption).has_value();
}

Result<std::vector<jose::Jwk>> read_keys(const json::Object& jwks, const std::string& place) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, place, const jose::JwkSet set, jose::JwkSet::parse(jwks));
  std::vector<jose::Jwk> keys;
  std::set<std::string> names;
  for (const jose::Jwk& key : set.keys()) {
    if (!key.kid()) return bad_metadata(place, "a key without kid");
    if (!names.insert(*key.kid()).second) return bad_metadata(place, "two keys of one kid");
    if (is_ours(key)) keys.push_back(key);
  }
  return keys;
}

Result<std::string> decrypt(std::string_view body, std::span<const DecryptionKey> keys) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_invalid_encryption_parameters;
  MIBUN_TRY_AS(kCode, "request", const jose::Jwe jwe, jose::Jwe::parse(body, jose::kEcdhEsDirect));
  const auto key = std::ranges::find_if(keys, [&](const DecryptionKey& held) { return held.kid == jwe.kid(); });
  if (key == keys.end()) return bad_parameters("request.header.kid", "missing, or not a key of ours");
  MIBUN_TRY_AS(kCode, "request", const Bytes plaintext, jwe.decrypt(*key->key));
  return std::string(as_text(plaintext));
}

}  // namespace

json::Object RequestEncryption::to_json() const {
  json::Array set;
  for (const jose::Jwk& key : keys) set.push_back(key.to_json());
  json::Object jwks;
  jwks["keys"] = std::move(set);
  return {{"jwks", std::move(jwks)}, {"enc_values_supported", names_of(encs)}, {"encryption_required", required}};
}

Result<RequestEncryption> RequestEncryption::parse(const json::Object& object, const std::string& place) {
  json::ObjectReader reader(object, place);
  RequestEncryption encryption;
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "", const json::Object* jwks, reader.object("jwks"));
  MIBUN_TRY(encryption.keys, read_keys(*jwks, reader.place("jwks")));
  MIBUN_TRY(encryption.encs, read_encs(reader));
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "", encryption.required, reader.boolean("encryption_required"));
  return encryption;
}

json::Object ResponseEncryption::to_json() const {
  return {{"alg_values_supported", json::Array{kEcdhEs}},
          {"enc_values_supported", names_of(encs)},
          {"encryption_required", required}};
}

Result<ResponseEncryption> ResponseEncryption::parse(const json::Object& object, const std::string& place) {
  json::ObjectReader reader(object, place);
  ResponseEncryption encryption;
  MIBUN_TRY(const auto algs, read_names(reader, "alg_values_supported"));
  encryption.ecdh_es = std::ranges::find(algs, kEcdhEs) != algs.end();
  MIBUN_TRY(encryption.encs, read_encs(reader));
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "", encryption.required, reader.boolean("encryption_required"));
  return encryption;
}

json::Object AnswerEncryption::to_json() const {
  return {{"jwk", jwk.to_json()}, {"enc", to_string(enc)}};
}

Result<AnswerEncryption> AnswerEncryption::parse(const json::Object& object) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_invalid_encryption_parameters;
  json::ObjectReader reader(object, "request.credential_response_encryption");
  MIBUN_TRY_AS(kCode, "", const json::Object* jwk, reader.object("jwk"));
  MIBUN_TRY_AS(kCode, reader.place("jwk"), jose::Jwk key, jose::Jwk::parse(*jwk));
  if (!is_ours(key)) return bad_parameters(reader.place("jwk"), "not a P-256 key with alg ECDH-ES");
  MIBUN_TRY_AS(kCode, "", const std::string_view name, reader.string("enc"));
  const auto enc = find_enc(name);
  if (!enc) return bad_parameters(reader.place("enc"), "not offered");
  if (reader.optional_any("zip") != nullptr) return bad_parameters(reader.place("zip"), "compression is not offered");
  return AnswerEncryption{std::move(key), *enc};
}

Result<std::string> encrypt_message(const json::Object& message, const jose::Jwk& recipient,
                                    jose::ContentEncryption enc, Rng& rng) {
  jose::JweRequest request;
  request.enc = enc;
  request.kid = recipient.kid();
  return jose::encrypt_jwe(recipient.key(), request, as_bytes(json::serialize(message)), rng);
}

Result<OpenedRequest> open_request(std::span<const HttpHeader> headers, std::string_view body,
                                   std::span<const DecryptionKey> keys, bool encryption_required) {
  const auto is_content_type = [](const HttpHeader& header) {
    return equal_ignoring_case(header.name, "Content-Type");
  };
  const auto type = std::ranges::find_if(headers, is_content_type);
  const bool once = std::ranges::count_if(headers, is_content_type) == 1;
  if (once && equal_ignoring_case(media_type(type->value), kJwtMediaType)) {
    MIBUN_TRY(std::string json, decrypt(body, keys));
    return OpenedRequest{std::move(json), true};
  }
  if (!once || !equal_ignoring_case(media_type(type->value), kJson)) {
    return fail(ErrorCode::oid4vci_invalid_credential_request, "header.Content-Type",
                "must be application/json or application/jwt");
  }
  if (encryption_required) return bad_parameters("request", "it must be encrypted");
  return OpenedRequest{std::string(body), false};
}

Result<std::string> open_answer(const HttpResponse& response, const crypto::KeyAgreement* key) {
  const auto type = response.header("Content-Type");
  const std::string_view name = type ? media_type(*type) : std::string_view();
  if (key == nullptr) {
    if (equal_ignoring_case(name, kJson)) return response.body;
    return fail(ErrorCode::oid4vci_response_malformed, "response.Content-Type", "must be application/json");
  }
  if (!equal_ignoring_case(name, kJwtMediaType)) {
    return fail(ErrorCode::oid4vci_response_not_encrypted, "response.Content-Type", "must be application/jwt");
  }
  MIBUN_TRY(const jose::Jwe jwe, jose::Jwe::parse(response.body, jose::kEcdhEsDirect));
  MIBUN_TRY(const Bytes plaintext, jwe.decrypt(*key));
  return std::string(as_text(plaintext));
}

}  // namespace mibun::oid4vci
