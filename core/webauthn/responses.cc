#include "core/webauthn/responses.h"

#include "core/codecs/base64url.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/client_data.h"
#include "core/webauthn/cose_key.h"
#include "core/webauthn/json_members.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr std::size_t kUserHandleBytesMax = 64;  // section 5.4.3
constexpr std::size_t kTransportsMax = 16, kTransportBytesMax = 32;

Result<Bytes> credential_id(json::ObjectReader& reader) {
  MIBUN_CHECK(expect_text(reader, "type", "public-key"));
  MIBUN_TRY(Bytes id, bytes_member(reader, "id", kCredentialIdBytesMax));
  MIBUN_TRY(const Bytes raw_id, bytes_member(reader, "rawId", kCredentialIdBytesMax));
  if (id != raw_id) return malformed(reader.place("rawId"), "it differs from id");
  return id;
}

Result<std::vector<std::string>> transports_of(json::ObjectReader& response) {
  MIBUN_TRY(const json::Array* array, or_malformed(response.optional_array("transports"), "response.transports"));
  if (array == nullptr) return std::vector<std::string>{};
  MIBUN_TRY(auto transports, or_malformed(json::string_array(*array, "response.transports"), "response.transports"));
  if (transports.size() > kTransportsMax) return malformed("response.transports", "too many");
  for (const std::string& transport : transports) {
    if (transport.size() > kTransportBytesMax) return malformed("response.transports", "a name is too long");
  }
  return transports;
}

json::Object credential(const Bytes& id, json::Object response) {
  json::Object object;
  object["id"] = base64url::encode(id);
  object["rawId"] = base64url::encode(id);
  object["type"] = "public-key";
  object["response"] = std::move(response);
  object["clientExtensionResults"] = json::Object();
  return object;
}

}  // namespace

Result<RegistrationResponse> RegistrationResponse::parse(const json::Object& object) {
  json::ObjectReader reader(object, "credential");
  RegistrationResponse out;
  MIBUN_TRY(out.id, credential_id(reader));
  MIBUN_TRY(const json::Object* inner, or_malformed(reader.object("response"), "credential.response"));
  json::ObjectReader response(*inner, "response");
  MIBUN_TRY(out.client_data_json, bytes_member(response, "clientDataJSON", kClientDataBytesMax));
  MIBUN_TRY(out.attestation_object, bytes_member(response, "attestationObject", kAttestationObjectBytesMax));
  MIBUN_TRY(out.transports, transports_of(response));
  return out;
}

Result<RegistrationResponse> RegistrationResponse::parse(std::string_view text) {
  MIBUN_TRY(const json::Object object, or_malformed(json::parse_object(text, kMessageLimits), "credential"));
  return parse(object);
}

Result<json::Object> RegistrationResponse::to_json() const {
  MIBUN_TRY(const AttestationObject attestation, AttestationObject::parse(attestation_object));
  MIBUN_TRY(const AuthenticatorData data, AuthenticatorData::parse(attestation.authenticator_data));
  if (!data.attested) return malformed("attestationObject", "it carries no credential");
  json::Object response;
  response["clientDataJSON"] = base64url::encode(client_data_json);
  response["attestationObject"] = base64url::encode(attestation_object);
  response["authenticatorData"] = base64url::encode(attestation.authenticator_data);
  response["publicKey"] = base64url::encode(data.attested->public_key.spki());
  response["publicKeyAlgorithm"] = kCoseEs256;
  json::Array names;
  for (const std::string& transport : transports) names.emplace_back(transport);
  response["transports"] = std::move(names);
  return credential(id, std::move(response));
}

Result<AuthenticationResponse> AuthenticationResponse::parse(const json::Object& object) {
  json::ObjectReader reader(object, "credential");
  AuthenticationResponse out;
  MIBUN_TRY(out.id, credential_id(reader));
  MIBUN_TRY(const json::Object* inner, or_malformed(reader.object("response"), "credential.response"));
  json::ObjectReader response(*inner, "response");
  MIBUN_TRY(out.client_data_json, bytes_member(response, "clientDataJSON", kClientDataBytesMax));
  MIBUN_TRY(out.authenticator_data, bytes_member(response, "authenticatorData", kAuthenticatorDataBytesMax));
  MIBUN_TRY(out.signature, bytes_member(response, "signature", kSignatureBytesMax));
  const json::Value* handle = response.optional_any("userHandle");
  if (handle != nullptr && !handle->is_null()) {  // browsers write null for "none"
    MIBUN_TRY(out.user_handle, bytes_member(response, "userHandle", kUserHandleBytesMax));
  }
  return out;
}

Result<AuthenticationResponse> AuthenticationResponse::parse(std::string_view text) {
  MIBUN_TRY(const json::Object object, or_malformed(json::parse_object(text, kMessageLimits), "credential"));
  return parse(object);
}

json::Object AuthenticationResponse::to_json() const {
  json::Object response;
  response["clientDataJSON"] = base64url::encode(client_data_json);
  response["authenticatorData"] = base64url::encode(authenticator_data);
  response["signature"] = base64url::encode(signature);
  if (user_handle) response["userHandle"] = base64url::encode(*user_handle);
  return credential(id, std::move(response));
}

}  // namespace mibun::webauthn
