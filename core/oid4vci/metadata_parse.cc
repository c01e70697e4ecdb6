#include <algorithm>
#include <set>

#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/metadata.h"

namespace mibun::oid4vci {
namespace {

constexpr std::int64_t kCoseEs256 = -7, kCoseEsp256 = -9;
constexpr std::size_t kClaimsMax = 200;
constexpr std::size_t kDisplaysMax = 50;

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_metadata_malformed, std::move(where), std::move(detail));
}

// Readers below fail with codes of JSON and URLs; at the door they become the protocol's one word.
template <class T>
Result<T> restate(Result<T> result) {
  if (result || result.error().code == ErrorCode::oid4vci_metadata_malformed ||
      result.error().code == ErrorCode::oid4vci_issuer_mismatch) {
    return result;
  }
  return fail_as(ErrorCode::oid4vci_metadata_malformed, "", result.error());
}

Result<std::string> https_url(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const std::string_view text, reader.string(name));
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, reader.place(name), const HttpsUrl url, HttpsUrl::parse(text));
  return url.text();
}

Result<std::optional<std::string>> optional_https_url(json::ObjectReader& reader, std::string_view name) {
  if (reader.optional_any(name) == nullptr) return std::nullopt;
  MIBUN_TRY(std::string url, https_url(reader, name));
  return url;
}

Result<std::vector<std::string>> strings(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Array* array, reader.optional_array(name));
  if (array == nullptr) return std::vector<std::string>();
  return json::string_array(*array, reader.place(name));
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

// {"uri":"https://.." or "data:..","alt_text"?:".."}; one of another scheme is passed over. It is never fetched here.
Result<std::optional<Logo>> read_logo(json::ObjectReader& parent) {
  MIBUN_TRY(const json::Object* object, parent.optional_object("logo"));
  if (object == nullptr) return std::nullopt;
  json::ObjectReader reader(*object, parent.place("logo"));
  MIBUN_TRY(const std::string_view uri, reader.string("uri"));
  MIBUN_TRY(const auto alt_text, reader.optional_string("alt_text"));
  if (uri.size() > kLogoUriCharactersMax) return malformed(reader.place("uri"), "too long");
  if (alt_text.value_or("").size() > kDisplayCharactersMax) return malformed(reader.place("alt_text"), "too long");
  if (!uri.starts_with("data:") && !HttpsUrl::parse(uri)) return std::nullopt;
  return Logo{std::string(uri), std::string(alt_text.value_or(""))};
}

// "locales unique": two names in one language would leave the choice to chance.
Result<std::vector<Display>> read_displays(json::ObjectReader& parent) {
  std::vector<Display> displays;
  MIBUN_TRY(const json::Array* array, parent.optional_array("display"));
  if (array == nullptr) return displays;
  const std::string place = parent.place("display");
  if (array->size() > kDisplaysMax) return malformed(place, "too many");
  std::set<std::string> locales;
  for (const json::Value& element : *array) {
    if (!element.is_object()) return malformed(place, "not an object");
    json::ObjectReader reader(element.get_object(), place);
    Display display;
    MIBUN_TRY(const auto name, reader.optional_string("name"));
    MIBUN_TRY(const auto locale, reader.optional_string("locale"));
    display.name = std::string(name.value_or(""));
    display.locale = std::string(locale.value_or(""));
    MIBUN_TRY(display.logo, read_logo(reader));
    if (display.name.size() > kDisplayCharactersMax) return malformed(place, "a name is too long");
    if (!locales.insert(display.locale).second) return malformed(place, "a locale is repeated");
    displays.push_back(std::move(display));
  }
  return displays;
}

Result<std::optional<CredentialClaim>> read_claim(const json::Value& value, const std::string& place) {
  if (!value.is_object()) return malformed(place, "not an object");
  json::ObjectReader reader(value.get_object(), place);
  MIBUN_TRY(const json::Array* path, reader.array("path"));
  if (path->empty()) return malformed(place, "an empty path");
  CredentialClaim claim;
  for (const json::Value& step : *path) {
    if (!step.is_string()) return std::nullopt;  // into an array: nothing we would show by name
    claim.path.emplace_back(step.get_string());
  }
  MIBUN_TRY(claim.display, read_displays(reader));
  return claim;
}

Status read_credential_metadata(const json::Object& object, const std::string& place,
                                CredentialConfiguration& configuration) {
  json::ObjectReader reader(object, place);
  MIBUN_TRY(configuration.display, read_displays(reader));
  MIBUN_TRY(const json::Array* claims, reader.optional_array("claims"));
  if (claims == nullptr) return {};
  if (claims->size() > kClaimsMax) return malformed(reader.place("claims"), "too many");
  for (const json::Value& element : *claims) {
    MIBUN_TRY(auto claim, read_claim(element, reader.place("claims")));
    if (claim) configuration.claims.push_back(std::move(*claim));
  }
  return {};
}

Result<std::optional<KeyAttestationsRequired>> read_key_attestations(json::ObjectReader& type) {
  MIBUN_TRY(const json::Object* object, type.optional_object("key_attestations_required"));
  if (object == nullptr) return std::nullopt;
  json::ObjectReader reader(*object, type.place("key_attestations_required"));
  KeyAttestationsRequired required;
  MIBUN_TRY(required.key_storage, strings(reader, "key_storage"));
  MIBUN_TRY(required.user_authentication, strings(reader, "user_authentication"));
  return required;
}

// proof_types_supported, of which one is enough:
//   {"jwt":{"proof_signing_alg_values_supported":["ES256"],"key_attestations_required"?:{..}},"attestation":{..}}
Result<bool> read_proof_types(json::ObjectReader& parent, CredentialConfiguration& configuration) {
  using ProofType = CredentialRequest::ProofType;
  MIBUN_TRY(const json::Object* types, parent.optional_object("proof_types_supported"));
  if (types == nullptr) return false;
  json::ObjectReader reader(*types, parent.place("proof_types_supported"));
  for (const ProofType type : {ProofType::jwt, ProofType::attestation}) {
    const char* name = type == ProofType::jwt ? "jwt" : "attestation";
    MIBUN_TRY(const json::Object* object, reader.optional_object(name));
    if (object == nullptr) continue;
    json::ObjectReader type_reader(*object, reader.place(name));
    MIBUN_TRY(const auto algorithms, strings(type_reader, "proof_signing_alg_values_supported"));
    MIBUN_TRY(auto required, read_key_attestations(type_reader));
    if (!contains(algorithms, "ES256")) continue;
    configuration.proof_type = type;
    configuration.key_attestations = std::move(required);
    if (type == ProofType::attestation && !configuration.key_attestations) configuration.key_attestations.emplace();
    return true;
  }
  return false;
}

// Names for an SD-JWT VC, numbers of COSE for an mdoc; absent: not said.
Result<bool> signs_as_we_verify(json::ObjectReader& reader, CredentialFormat format) {
  const char* name = "credential_signing_alg_values_supported";
  if (format == CredentialFormat::sd_jwt_vc) {
    MIBUN_TRY(const auto signing, strings(reader, name));
    return signing.empty() || contains(signing, "ES256");
  }
  MIBUN_TRY(const json::Array* array, reader.optional_array(name));
  if (array == nullptr) return true;
  return std::ranges::any_of(*array, [](const json::Value& value) {
    return value.is_int64() && (value.get_int64() == kCoseEs256 || value.get_int64() == kCoseEsp256);
  });
}

Result<CredentialConfiguration> read_configuration(std::string id, CredentialFormat format,
                                                   json::ObjectReader& reader) {
  CredentialConfiguration configuration{.id = std::move(id), .format = format};
  const bool is_mdoc = format == CredentialFormat::mso_mdoc;
  MIBUN_TRY(const std::string_view type, reader.string(is_mdoc ? "doctype" : "vct"));
  if (type.empty()) return fail(ErrorCode::json_bad_value, reader.place(is_mdoc ? "doctype" : "vct"), "empty");
  (is_mdoc ? configuration.doctype : configuration.vct) = std::string(type);
  MIBUN_TRY(const auto scope, reader.optional_string("scope"));
  configuration.scope = std::string(scope.value_or(""));
  MIBUN_TRY(const auto bindings, strings(reader, "cryptographic_binding_methods_supported"));
  MIBUN_TRY(const bool verifiable, signs_as_we_verify(reader, format));
  MIBUN_TRY(const bool provable, read_proof_types(reader, configuration));
  configuration.usable = contains(bindings, is_mdoc ? "cose_key" : "jwk") && provable && verifiable;
  MIBUN_TRY(const json::Object* metadata, reader.optional_object("credential_metadata"));
  if (metadata != nullptr) {
    MIBUN_CHECK(read_credential_metadata(*metadata, reader.place("credential_metadata"), configuration));
  }
  return configuration;
}

std::optional<CredentialFormat> find_format(std::string_view name) {
  for (const CredentialFormat format : {CredentialFormat::sd_jwt_vc, CredentialFormat::mso_mdoc}) {
    if (to_string(format) == name) return format;
  }
  return std::nullopt;
}

Status read_configurations(const json::Object& object, IssuerMetadata& metadata) {
  const std::string place = "metadata.credential_configurations_supported";
  if (object.size() > kConfigurationsMax) return malformed(place, "too many");
  for (const auto& member : object) {
    if (!member.value().is_object()) return malformed(place, "not an object");
    json::ObjectReader reader(member.value().get_object(), place);
    MIBUN_TRY(const std::string_view name, reader.string("format"));
    const auto format = find_format(name);
    if (!format) continue;
    MIBUN_TRY(CredentialConfiguration configuration, read_configuration(std::string(member.key()), *format, reader));
    metadata.configurations.push_back(std::move(configuration));
  }
  return {};
}

Result<std::size_t> read_batch_size(json::ObjectReader& parent) {
  MIBUN_TRY(const json::Object* batch, parent.optional_object("batch_credential_issuance"));
  if (batch == nullptr) return std::size_t{1};
  json::ObjectReader reader(*batch, parent.place("batch_credential_issuance"));
  MIBUN_TRY(const std::int64_t size, reader.integer("batch_size"));
  if (size < 2) return malformed(reader.place("batch_size"), "must be at least 2");
  return static_cast<std::size_t>(size);
}

Status read_encryption(json::ObjectReader& reader, IssuerMetadata& metadata) {
  MIBUN_TRY(const json::Object* requests, reader.optional_object("credential_request_encryption"));
  if (requests != nullptr) {
    MIBUN_TRY(metadata.request_encryption,
              RequestEncryption::parse(*requests, reader.place("credential_request_encryption")));
  }
  MIBUN_TRY(const json::Object* responses, reader.optional_object("credential_response_encryption"));
  if (responses != nullptr) {
    MIBUN_TRY(metadata.response_encryption,
              ResponseEncryption::parse(*responses, reader.place("credential_response_encryption")));
  }
  return {};
}

Status check_same(std::string_view said, std::string_view expected, std::string where) {
  if (said == expected) return {};
  return fail(ErrorCode::oid4vci_issuer_mismatch, std::move(where), "not the identifier that it was fetched for");
}

Result<IssuerMetadata> read_issuer_metadata(const json::Object& object, std::string_view expected_issuer) {
  json::ObjectReader reader(object, "metadata");
  IssuerMetadata metadata;
  MIBUN_TRY(const std::string_view issuer, reader.string("credential_issuer"));
  MIBUN_CHECK(check_same(issuer, expected_issuer, "metadata.credential_issuer"));
  metadata.credential_issuer = std::string(issuer);
  MIBUN_TRY(metadata.authorization_servers, strings(reader, "authorization_servers"));
  for (const std::string& server : metadata.authorization_servers) MIBUN_CHECK(check_issuer_identifier(server));
  MIBUN_TRY(metadata.credential_endpoint, https_url(reader, "credential_endpoint"));
  MIBUN_TRY(metadata.nonce_endpoint, optional_https_url(reader, "nonce_endpoint"));
  MIBUN_TRY(metadata.deferred_credential_endpoint, optional_https_url(reader, "deferred_credential_endpoint"));
  MIBUN_TRY(metadata.notification_endpoint, optional_https_url(reader, "notification_endpoint"));
  MIBUN_TRY(metadata.batch_size, read_batch_size(reader));
  MIBUN_CHECK(read_encryption(reader, metadata));
  MIBUN_TRY(metadata.display, read_displays(reader));
  MIBUN_TRY(const json::Object* configurations, reader.object("credential_configurations_supported"));
  MIBUN_CHECK(read_configurations(*configurations, metadata));
  return metadata;
}

}  // namespace

Result<IssuerMetadata> IssuerMetadata::parse(std::string_view text, std::string_view expected_issuer) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_metadata_malformed, "metadata", const json::Object object,
               json::parse_object(text, kMetadataLimits));
  return restate(read_issuer_metadata(object, expected_issuer));
}

}  // namespace mibun::oid4vci
