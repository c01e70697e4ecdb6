#include "core/oid4vp/wallet_metadata.h"

#include <algorithm>
#include <utility>

#include "core/jose/jwk_set.h"
#include "core/oid4vp/formats.h"
#include "core/oid4vp/request_wish.h"

namespace mibun::oid4vp {
namespace {

constexpr std::string_view kFormats = "vp_formats_supported";
constexpr std::string_view kPrefixes = "client_id_prefixes_supported";
constexpr std::string_view kTypes = "response_types_supported";
constexpr std::string_view kModes = "response_modes_supported";
constexpr std::string_view kSigningAlgs = "request_object_signing_alg_values_supported";
constexpr std::string_view kEncryptionAlgs = "authorization_encryption_alg_values_supported";
constexpr std::string_view kEncryptionEncs = "authorization_encryption_enc_values_supported";
constexpr std::string_view kKeys = "jwks";

using List = std::optional<std::vector<std::string>>;

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

Result<List> read_list(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Array* const array, request_shape(reader.optional_array(name)));
  if (array == nullptr) return std::nullopt;
  if (array->empty() || array->size() > kWalletMetadataValuesMax)
    return invalid(reader.place(name), "none, or too many");
  return request_shape(json::string_array(*array, reader.place(name)));
}

bool lists(const List& list, std::string_view value) {
  return !list || std::ranges::find(*list, value) != list->end();
}

Result<std::optional<ResponseKey>> read_request_key(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, request_shape(reader.optional_object(kKeys)));
  if (object == nullptr) return std::nullopt;
  auto set = jose::JwkSet::parse(*object);
  if (!set && set.error().code == ErrorCode::private_key_rejected) return pass_error(set);
  if (!set) return invalid(reader.place(kKeys), "no set of keys");
  for (const jose::Jwk& key : set->keys()) {
    const bool fits = key.key().p256() != nullptr && key.check_use(jose::KeyUse::encryption) &&
                      (!key.alg() || key.alg() == "ECDH-ES");
    if (fits) return ResponseKey{key, jose::ContentEncryption::a256gcm};
  }
  return invalid(reader.place(kKeys), "no key that a request can be encrypted to");
}

void put_list(json::Object& object, std::string_view name, const List& list) {
  if (!list) return;
  json::Array array;
  for (const std::string& value : *list) array.emplace_back(value);
  object[name] = std::move(array);
}

}  // namespace

WalletMetadata WalletMetadata::of(const RequestProfile& profile) {
  WalletMetadata metadata;
  for (const std::string_view format : {dcql::kSdJwtFormat, dcql::kMdocFormat}) {
    metadata.formats_[format] = algorithms_of(format);
  }
  for (const std::string_view name : profile.clients.names()) metadata.prefixes_.emplace_back(name);
  metadata.response_types_ = {"vp_token"};
  metadata.response_modes_.emplace();
  for (const ResponseMode mode : {ResponseMode::direct_post_jwt, ResponseMode::direct_post, ResponseMode::fragment}) {
    if (profile.modes.accept(mode)) metadata.response_modes_->emplace_back(to_string(mode));
  }
  metadata.signing_algs_ = {"ES256"};
  metadata.encryption_algs_ = {"ECDH-ES"};
  metadata.encryption_encs_ = {"A128GCM", "A256GCM"};
  return metadata;
}

Result<WalletMetadata> WalletMetadata::parse(std::string_view text) {
  const auto object = json::parse_object(text, {.bytes_max = kWalletMetadataBytesMax});
  if (!object) return invalid(std::string(kWalletMetadataField), "not a JSON object, or too large");
  json::ObjectReader reader(*object, std::string(kWalletMetadataField));
  WalletMetadata metadata;
  MIBUN_TRY(const json::Object* const formats, request_shape(reader.object(kFormats)));
  metadata.formats_ = *formats;
  MIBUN_TRY(List prefixes, read_list(reader, kPrefixes));
  if (!prefixes) prefixes.emplace({std::string(to_string(ClientId::Prefix::preregistered))});
  metadata.prefixes_ = std::move(*prefixes);
  MIBUN_TRY(metadata.response_types_, read_list(reader, kTypes));
  MIBUN_TRY(metadata.response_modes_, read_list(reader, kModes));
  MIBUN_TRY(metadata.signing_algs_, read_list(reader, kSigningAlgs));
  MIBUN_TRY(metadata.encryption_algs_, read_list(reader, kEncryptionAlgs));
  MIBUN_TRY(metadata.encryption_encs_, read_list(reader, kEncryptionEncs));
  MIBUN_TRY(metadata.request_key_, read_request_key(reader));
  return metadata;
}

json::Object WalletMetadata::to_json() const {
  json::Object object{{kFormats, formats_}};
  put_list(object, kPrefixes, prefixes_);
  put_list(object, kTypes, response_types_);
  put_list(object, kModes, response_modes_);
  put_list(object, kSigningAlgs, signing_algs_);
  put_list(object, kEncryptionAlgs, encryption_algs_);
  put_list(object, kEncryptionEncs, encryption_encs_);
  if (request_key_) object[kKeys] = json::Object{{"keys", json::Array{request_key_->key.to_json()}}};
  return object;
}

Status WalletMetadata::check_answers(const Offered& offered) const {
  const std::string where(kWalletMetadataField);
  if (!lists(prefixes_, to_string(offered.prefix))) {
    return fail(ErrorCode::oid4vp_client_id_prefix_not_supported, where, "our kind of client is not answered");
  }
  if (!lists(response_types_, "vp_token") || !lists(response_modes_, to_string(offered.mode))) {
    return fail(ErrorCode::oid4vp_response_mode_not_supported, where, "our way of answering is not taken");
  }
  if (!lists(signing_algs_, "ES256")) return fail(ErrorCode::jws_alg_not_allowed, where, "we sign with ES256");
  if (is_encrypted(offered.mode) && !lists(encryption_algs_, "ECDH-ES")) {
    return fail(ErrorCode::jwe_alg_not_allowed, where, "we read ECDH-ES");
  }
  if (is_encrypted(offered.mode) && !lists(encryption_encs_, "A128GCM") && !lists(encryption_encs_, "A256GCM")) {
    return fail(ErrorCode::jwe_enc_not_allowed, where, "we read A128GCM and A256GCM");
  }
  return check_formats(formats_, offered.query, where);
}

Result<std::string> encrypt_request_object(std::string_view request_object, const ResponseKey& key, Rng& rng) {
  // A JWT in a JWT is announced as such: RFC 7519, section 5.2.
  const jose::JweRequest jwe{.enc = key.content_encryption, .kid = key.key.kid(), .cty = "JWT", .apu = {}, .apv = {}};
  return jose::encrypt_jwe(key.key.key(), jwe, as_bytes(request_object), rng);
}

}  // namespace mibun::oid4vp
