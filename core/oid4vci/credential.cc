#include "core/oid4vci/credential.h"

#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kDeadMembers[] = {
    "proof", "format", "vct", "doctype", "credential_definition", "claims", "types", "credential_requests"};
constexpr std::size_t kIdCharactersMax = 512;

std::unexpected<Error> bad_request(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_invalid_credential_request, "request." + std::move(where), std::move(detail));
}

std::unexpected<Error> bad_response(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_response_malformed, std::move(where), std::move(detail));
}

Status read_name(json::ObjectReader& reader, CredentialRequest& request) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_credential_request, "", const auto configuration,
               reader.optional_string("credential_configuration_id"));
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_credential_request, "", const auto identifier,
               reader.optional_string("credential_identifier"));
  if (configuration.has_value() == identifier.has_value()) {
    return bad_request("credential_configuration_id", "exactly one of it and credential_identifier is needed");
  }
  const std::string_view name = configuration ? *configuration : *identifier;
  if (name.empty() || name.size() > kIdCharactersMax) return bad_request("name", "empty or too long");
  request.naming = configuration ? CredentialRequest::Naming::configuration_id : CredentialRequest::Naming::identifier;
  request.name = std::string(name);
  return {};
}

Status read_proofs(json::ObjectReader& reader, std::size_t batch_size, CredentialRequest& request) {
  const json::Value* member = reader.optional_any("proofs");
  if (member == nullptr) return fail(ErrorCode::oid4vci_invalid_proof, "request.proofs", "missing");
  if (!member->is_object()) return bad_request("proofs", "not an object");
  const json::Object& proofs = member->get_object();
  if (proofs.size() != 1) return bad_request("proofs", "exactly one proof type is needed");
  const auto& [type, value] = *proofs.begin();
  const bool attestation = type == "attestation";
  if (!attestation && type != "jwt") {
    return fail(ErrorCode::oid4vci_invalid_proof, "request.proofs", "only the types jwt and attestation are supported");
  }
  const std::string place = "proofs." + std::string(type);
  if (!value.is_array() || value.get_array().empty()) return bad_request(place, "not an array with elements");
  if (value.get_array().size() > batch_size) return bad_request(place, "more than batch_size");
  if (attestation && value.get_array().size() != 1) return bad_request(place, "one attestation is for all keys");
  request.proof_type = attestation ? CredentialRequest::ProofType::attestation : CredentialRequest::ProofType::jwt;
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_credential_request, "", request.proofs,
               json::string_array(value.get_array(), "request." + place));
  return {};
}

Result<std::optional<AnswerEncryption>> read_answer_encryption(json::ObjectReader& reader) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_encryption_parameters, "", const json::Object* object,
               reader.optional_object("credential_response_encryption"));
  if (object == nullptr) return std::nullopt;
  MIBUN_TRY(AnswerEncryption encryption, AnswerEncryption::parse(*object));
  return encryption;
}

Result<std::string> read_credential(const json::Value& element) {
  if (!element.is_object()) return bad_response("response.credentials", "not an object");
  json::ObjectReader reader(element.get_object(), "response.credentials");
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "", const std::string_view text, reader.string("credential"));
  if (text.empty()) return bad_response("response.credentials", "an empty credential");
  return std::string(text);
}

}  // namespace

json::Object CredentialRequest::to_json() const {
  const char* member = naming == Naming::identifier ? "credential_identifier" : "credential_configuration_id";
  json::Object types;
  types[proof_type == ProofType::attestation ? "attestation" : "jwt"] = json::Array(proofs.begin(), proofs.end());
  json::Object object{{member, name}, {"proofs", std::move(types)}};
  if (response_encryption) object["credential_response_encryption"] = response_encryption->to_json();
  return object;
}

Result<CredentialRequest> CredentialRequest::parse(std::string_view body, std::size_t batch_size) {
  const json::Limits limits{.bytes_max = 256 * 1024, .depth_max = 16, .values_max = 1000};
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_credential_request, "request", const json::Object object,
               json::parse_object(body, limits));
  for (const std::string_view dead : kDeadMembers) {
    if (object.contains(dead)) return bad_request(std::string(dead), "not a member of OpenID4VCI 1.0");
  }
  json::ObjectReader reader(object, "request");
  CredentialRequest request;
  MIBUN_CHECK(read_name(reader, request));
  MIBUN_TRY(request.response_encryption, read_answer_encryption(reader));
  MIBUN_CHECK(read_proofs(reader, batch_size, request));
  return request;
}

json::Object CredentialResponse::to_json() const {
  json::Array array;
  for (const std::string& credential : credentials) {
    json::Object element;
    element["credential"] = credential;
    array.push_back(std::move(element));
  }
  json::Object object;
  object["credentials"] = std::move(array);
  if (notification_id) object["notification_id"] = *notification_id;
  return object;
}

Result<CredentialResponse> CredentialResponse::parse(std::string_view text) {
  const json::Limits limits{.bytes_max = kCredentialResponseBytesMax, .depth_max = 16, .values_max = 1000};
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "response", const json::Object object,
               json::parse_object(text, limits));
  json::ObjectReader reader(object, "response");
  if (object.contains("transaction_id")) return bad_response("response", "credentials and a transaction");
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "", const json::Array* array, reader.array("credentials"));
  if (array->empty() || array->size() > kBatchSizeMax) return bad_response("response.credentials", "none or too many");
  CredentialResponse response;
  for (const json::Value& element : *array) {
    MIBUN_TRY(std::string credential, read_credential(element));
    response.credentials.push_back(std::move(credential));
  }
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "", const auto notification,
               reader.optional_string("notification_id"));
  if (notification && notification->empty()) return bad_response("response.notification_id", "empty");
  if (notification) response.notification_id = std::string(*notification);
  return response;
}

json::Object NonceResponse::to_json() const {
  json::Object object;
  object["c_nonce"] = c_nonce;
  return object;
}

Result<NonceResponse> NonceResponse::parse(std::string_view text) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "response", const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "response");
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "", const std::string_view nonce, reader.string("c_nonce"));
  if (nonce.empty() || nonce.size() > kNonceCharactersMax) return bad_response("response.c_nonce", "empty or too long");
  return NonceResponse{std::string(nonce)};
}

}  // namespace mibun::oid4vci
