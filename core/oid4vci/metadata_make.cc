#include "core/oid4vci/metadata.h"

namespace mibun::oid4vci {
namespace {

constexpr int kCoseEs256 = -7;  // appendix A.2.2: COSE algorithm numbers

json::Array to_array(const std::vector<std::string>& list) {
  return json::Array(list.begin(), list.end());
}

json::Array displays_to_json(const std::vector<Display>& displays) {
  json::Array array;
  for (const Display& display : displays) {
    json::Object object{{"name", display.name}};
    if (!display.locale.empty()) object["locale"] = display.locale;
    if (display.logo) object["logo"] = json::Object{{"uri", display.logo->uri}, {"alt_text", display.logo->alt_text}};
    array.push_back(std::move(object));
  }
  return array;
}

// Where keys are attested, the attestation alone is a proof as well (appendix F.3).
json::Object proof_types_to_json(const CredentialConfiguration& configuration) {
  json::Object type{{"proof_signing_alg_values_supported", json::Array{"ES256"}}}, types;
  if (configuration.key_attestations) {
    const auto& [key_storage, user_authentication] = *configuration.key_attestations;
    json::Object required;
    if (!key_storage.empty()) required["key_storage"] = to_array(key_storage);
    if (!user_authentication.empty()) required["user_authentication"] = to_array(user_authentication);
    type["key_attestations_required"] = std::move(required);
    types["attestation"] = type;
  }
  if (configuration.proof_type == CredentialRequest::ProofType::jwt) types["jwt"] = std::move(type);
  return types;
}

json::Object configuration_to_json(const CredentialConfiguration& configuration) {
  json::Array claims;
  for (const CredentialClaim& claim : configuration.claims) {
    json::Object object{{"path", to_array(claim.path)}};
    if (!claim.display.empty()) object["display"] = displays_to_json(claim.display);
    claims.push_back(std::move(object));
  }
  json::Object metadata;
  if (!configuration.display.empty()) metadata["display"] = displays_to_json(configuration.display);
  if (!claims.empty()) metadata["claims"] = std::move(claims);
  const bool is_mdoc = configuration.format == CredentialFormat::mso_mdoc;
  json::Object object{
      {"format", to_string(configuration.format)},
      {"cryptographic_binding_methods_supported", json::Array{is_mdoc ? "cose_key" : "jwk"}},
      {"credential_signing_alg_values_supported", is_mdoc ? json::Array{kCoseEs256} : json::Array{"ES256"}},
      {"proof_types_supported", proof_types_to_json(configuration)}};
  if (is_mdoc) {
    object["doctype"] = configuration.doctype;
  } else {
    object["vct"] = configuration.vct;
  }
  if (!configuration.scope.empty()) object["scope"] = configuration.scope;
  if (!metadata.empty()) object["credential_metadata"] = std::move(metadata);
  return object;
}

}  // namespace

json::Object IssuerMetadata::to_json() const {
  json::Object object{{"credential_issuer", credential_issuer}, {"credential_endpoint", credential_endpoint}};
  if (!authorization_servers.empty()) object["authorization_servers"] = to_array(authorization_servers);
  if (nonce_endpoint) object["nonce_endpoint"] = *nonce_endpoint;
  if (deferred_credential_endpoint) object["deferred_credential_endpoint"] = *deferred_credential_endpoint;
  if (notification_endpoint) object["notification_endpoint"] = *notification_endpoint;
  if (request_encryption) object["credential_request_encryption"] = request_encryption->to_json();
  if (response_encryption) object["credential_response_encryption"] = response_encryption->to_json();
  if (batch_size > 1) object["batch_credential_issuance"] = json::Object{{"batch_size", batch_size}};
  if (!display.empty()) object["display"] = displays_to_json(display);
  json::Object supported;
  for (const CredentialConfiguration& configuration : configurations) {
    supported[configuration.id] = configuration_to_json(configuration);
  }
  object["credential_configurations_supported"] = std::move(supported);
  return object;
}

}  // namespace mibun::oid4vci
