#include "core/oid4vp/request_wish.h"

#include <algorithm>
#include <utility>

#include "core/oid4vp/formats.h"
#include "core/oid4vp/request_client.h"

namespace mibun::oid4vp {
namespace {

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

// The first key that this wallet can encrypt to; others are ignored (section 8.3).
Result<jose::Jwk> choose_encryption_key(json::ObjectReader& metadata) {
  MIBUN_TRY(const json::Object* const jwks, request_shape(metadata.object("jwks")));
  json::ObjectReader reader(*jwks, metadata.place("jwks"));
  MIBUN_TRY(const json::Array* const keys, request_shape(reader.array("keys")));
  for (const json::Value& entry : *keys) {
    const json::Object* object = entry.if_object();
    if (object == nullptr) continue;
    auto key = jose::Jwk::parse(*object);
    if (!key || key->key().p256() == nullptr || key->alg() != "ECDH-ES" || !key->kid() || key->kid()->empty()) continue;
    if (key->use() && key->use() != "enc") continue;
    return std::move(*key);
  }
  return invalid(reader.place("keys"), "no key that an answer can be encrypted to");
}

Result<jose::ContentEncryption> choose_content_encryption(json::ObjectReader& metadata) {
  constexpr std::string_view kName = "encrypted_response_enc_values_supported";
  MIBUN_TRY(const json::Array* const array, request_shape(metadata.optional_array(kName)));
  if (array == nullptr) return jose::ContentEncryption::a128gcm;  // the default: section 5.1
  const auto offers = [&](std::string_view name) {
    return std::ranges::any_of(*array, [&](const json::Value& value) {
      return value.is_string() && std::string_view(value.get_string()) == name;
    });
  };
  if (offers("A256GCM")) return jose::ContentEncryption::a256gcm;
  if (offers("A128GCM")) return jose::ContentEncryption::a128gcm;
  return invalid(metadata.place(kName), "no content encryption that is known here");
}

Result<dcql::Query> read_query(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, request_shape(reader.object("dcql_query")));
  return dcql::Query::parse(*object);
}

std::unexpected<Error> registration_invalid(std::string detail) {
  return fail(ErrorCode::oid4vp_registration_invalid, "request.verifier_info", std::move(detail));
}

// Entries of other formats are ignored (section 5.11); of ours there must be exactly one.
Result<std::string_view> find_registration(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const infos, request_shape(reader.optional_array("verifier_info")));
  if (infos == nullptr) return registration_invalid("the request carries no registration");
  std::optional<std::string_view> found;
  for (const json::Value& info : *infos) {
    const json::Object* object = info.if_object();
    if (object == nullptr) return invalid(reader.place("verifier_info"), "an entry is not an object");
    const json::Value* format = object->if_contains("format");
    if (format == nullptr || !format->is_string() || format->get_string() != kRegistrationType) continue;
    const json::Value* data = object->if_contains("data");
    if (found || data == nullptr || !data->is_string()) return registration_invalid("not one registration");
    found = std::string_view(data->get_string());
  }
  if (!found) return registration_invalid("the request carries no registration");
  return *found;
}

Result<VerifiedRegistration> read_registration(json::ObjectReader& reader, const WishFor& whom,
                                               const dcql::Query& query, Instant now,
                                               std::optional<Registration>& exceeded) {
  MIBUN_TRY(const std::string_view text, find_registration(reader));
  auto registration = VerifiedRegistration::verify(text, whom.registrars, now);
  if (!registration) return registration_invalid(std::string(to_string(registration.error().code)));
  MIBUN_CHECK(check_registered_for(registration->content(), whom.client_id, whom.unsigned_origin));
  if (Status allowed = registration->allows(query); !allowed) {
    exceeded = registration->content();
    return std::unexpected(std::move(allowed.error()));
  }
  return registration;
}

Result<std::optional<ResponseKey>> read_response_key(json::ObjectReader& metadata, ResponseMode mode) {
  if (!is_encrypted(mode)) return std::nullopt;
  MIBUN_TRY(jose::Jwk key, choose_encryption_key(metadata));
  MIBUN_TRY(const jose::ContentEncryption encryption, choose_content_encryption(metadata));
  return ResponseKey{std::move(key), encryption};
}

}  // namespace

Result<Wish> read_wish(const json::Object& payload, const WishFor& whom, Instant now,
                       std::optional<Registration>& exceeded) {
  json::ObjectReader reader(payload, "request");
  MIBUN_TRY(dcql::Query query, read_query(reader));
  MIBUN_TRY(auto transaction_data, read_transaction_data(payload, query));
  MIBUN_TRY(const json::Object* const metadata_object, request_shape(reader.object("client_metadata")));
  json::ObjectReader metadata(*metadata_object, reader.place("client_metadata"));
  MIBUN_TRY(auto response_key, read_response_key(metadata, whom.mode));
  MIBUN_TRY(const json::Object* const formats, request_shape(metadata.object("vp_formats_supported")));
  MIBUN_CHECK(check_formats(*formats, query, metadata.place("vp_formats_supported")));
  MIBUN_TRY(VerifiedRegistration registration, read_registration(reader, whom, query, now, exceeded));
  return Wish{std::move(query), std::move(transaction_data), std::move(response_key), std::move(registration)};
}

}  // namespace mibun::oid4vp
