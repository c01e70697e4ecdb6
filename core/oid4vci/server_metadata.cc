#include "core/oid4vci/server_metadata.h"

#include <algorithm>

#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/metadata.h"

namespace mibun::oid4vci {
namespace {

constexpr json::Limits kServerMetadataLimits{.bytes_max = 64 * 1024, .depth_max = 16, .values_max = 5'000};

constexpr std::string_view kAttestationAlgorithms = "client_attestation_signing_alg_values_supported";
constexpr std::string_view kAttestationPopAlgorithms = "client_attestation_pop_signing_alg_values_supported";

Result<std::vector<std::string>> strings(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Array* array, reader.optional_array(name));
  if (array == nullptr) return std::vector<std::string>();
  return json::string_array(*array, reader.place(name));
}

Result<std::optional<std::string>> optional_url(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const auto text, reader.optional_string(name));
  if (!text) return std::nullopt;
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(*text));
  return url.text();
}

Result<bool> flag(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const auto value, reader.optional_boolean(name));
  return value.value_or(false);
}

Result<AuthorizationServerMetadata> read(const json::Object& object, std::string_view expected_issuer) {
  json::ObjectReader reader(object, "metadata");
  AuthorizationServerMetadata metadata;
  MIBUN_TRY(const std::string_view issuer, reader.string("issuer"));
  if (issuer != expected_issuer) {
    return fail(ErrorCode::oid4vci_issuer_mismatch, "metadata.issuer", "not the identifier that it was fetched for");
  }
  metadata.issuer = std::string(issuer);
  MIBUN_TRY(const std::string_view token_endpoint, reader.string("token_endpoint"));
  MIBUN_TRY(const HttpsUrl token_url, HttpsUrl::parse(token_endpoint));
  metadata.token_endpoint = token_url.text();
  MIBUN_TRY(metadata.grant_types, strings(reader, "grant_types_supported"));
  MIBUN_TRY(metadata.token_endpoint_auth_methods, strings(reader, "token_endpoint_auth_methods_supported"));
  MIBUN_TRY(metadata.dpop_algorithms, strings(reader, "dpop_signing_alg_values_supported"));
  MIBUN_TRY(metadata.anonymous_pre_authorized, flag(reader, "pre-authorized_grant_anonymous_access_supported"));
  MIBUN_TRY(metadata.authorization_endpoint, optional_url(reader, "authorization_endpoint"));
  MIBUN_TRY(metadata.pushed_authorization_request_endpoint,
            optional_url(reader, "pushed_authorization_request_endpoint"));
  MIBUN_TRY(metadata.pushed_authorization_requests_required, flag(reader, "require_pushed_authorization_requests"));
  MIBUN_TRY(metadata.response_types, strings(reader, "response_types_supported"));
  MIBUN_CHECK(strings(reader, "response_modes_supported"));  // the redirect is read in one way, whatever else there is
  MIBUN_TRY(metadata.code_challenge_methods, strings(reader, "code_challenge_methods_supported"));
  MIBUN_TRY(metadata.scopes, strings(reader, "scopes_supported"));
  MIBUN_TRY(metadata.authorization_details_types, strings(reader, "authorization_details_types_supported"));
  MIBUN_TRY(metadata.iss_in_response, flag(reader, "authorization_response_iss_parameter_supported"));
  MIBUN_TRY(metadata.client_attestation_algorithms, strings(reader, kAttestationAlgorithms));
  MIBUN_TRY(metadata.challenge_endpoint, optional_url(reader, "challenge_endpoint"));
  MIBUN_TRY(const auto signed_metadata, reader.optional_string("signed_metadata"));
  if (signed_metadata) metadata.signed_metadata = std::string(*signed_metadata);
  return metadata;
}

// RFC 8414, section 3.2: a list of nothing is left out.
void write_list(json::Object& object, std::string_view name, const std::vector<std::string>& list) {
  if (!list.empty()) object[name] = json::Array(list.begin(), list.end());
}

// response_types_supported is left out where there is no authorization endpoint: OpenID4VCI 1.0, section 12.3.
void write_code_flow(const AuthorizationServerMetadata& metadata, json::Object& object) {
  if (!metadata.authorization_endpoint) return;
  object["authorization_endpoint"] = *metadata.authorization_endpoint;
  if (metadata.pushed_authorization_request_endpoint) {
    object["pushed_authorization_request_endpoint"] = *metadata.pushed_authorization_request_endpoint;
  }
  object["require_pushed_authorization_requests"] = metadata.pushed_authorization_requests_required;
  write_list(object, "response_types_supported", metadata.response_types);
  object["response_modes_supported"] = json::Array{"query"};
  write_list(object, "code_challenge_methods_supported", metadata.code_challenge_methods);
  write_list(object, "scopes_supported", metadata.scopes);
  write_list(object, "authorization_details_types_supported", metadata.authorization_details_types);
  object["authorization_response_iss_parameter_supported"] = metadata.iss_in_response;
}

}  // namespace

json::Object AuthorizationServerMetadata::to_json() const {
  json::Object object{{"issuer", issuer},
                      {"token_endpoint", token_endpoint},
                      {"pre-authorized_grant_anonymous_access_supported", anonymous_pre_authorized}};
  write_list(object, "grant_types_supported", grant_types);
  write_list(object, "token_endpoint_auth_methods_supported", token_endpoint_auth_methods);
  write_list(object, "dpop_signing_alg_values_supported", dpop_algorithms);
  if (std::ranges::find(token_endpoint_auth_methods, "private_key_jwt") != token_endpoint_auth_methods.end()) {
    object["token_endpoint_auth_signing_alg_values_supported"] = json::Array{"ES256"};
  }
  write_list(object, kAttestationAlgorithms, client_attestation_algorithms);
  write_list(object, kAttestationPopAlgorithms, client_attestation_algorithms);
  if (challenge_endpoint) object["challenge_endpoint"] = *challenge_endpoint;
  if (signed_metadata) object["signed_metadata"] = *signed_metadata;
  write_code_flow(*this, object);
  return object;
}

Result<AuthorizationServerMetadata> AuthorizationServerMetadata::parse(std::string_view text,
                                                                       std::string_view expected_issuer) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "metadata", const json::Object object,
               json::parse_object(text, kServerMetadataLimits));
  auto metadata = read(object, expected_issuer);
  if (metadata || metadata.error().code == ErrorCode::oid4vci_issuer_mismatch) return metadata;
  return fail_as(ErrorCode::oid4vci_metadata_malformed, "", metadata.error());
}

Result<std::string> authorization_server_metadata_url(std::string_view issuer) {
  MIBUN_CHECK(check_issuer_identifier(issuer));
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(issuer));
  std::string path = url.path();
  if (path.ends_with('/')) path.pop_back();
  return url.origin() + "/.well-known/oauth-authorization-server" + path;
}

}  // namespace mibun::oid4vci
