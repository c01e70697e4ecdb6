#include <algorithm>
#include <array>
#include <utility>

#include "core/jose/jws.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/protocol_text.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {

// The members of a VerifiedRequest while they are still being checked.
struct VerifiedRequest::Draft {
  std::string text, client_id, audience, nonce, response_uri;
  std::optional<std::string> state;
  Instant expires_at;
  dcql::Query query;
  jose::Jwk encryption_key;
  jose::ContentEncryption content_encryption;
  VerifiedRegistration registration;
  crypto::Certificate certificate;
  std::optional<PairingDemand> pairing;
  std::vector<TransactionData> transaction_data;
};

VerifiedRequest::VerifiedRequest(Draft&& draft)
    : text_(std::move(draft.text)),
      client_id_(std::move(draft.client_id)),
      audience_(std::move(draft.audience)),
      nonce_(std::move(draft.nonce)),
      response_uri_(std::move(draft.response_uri)),
      state_(std::move(draft.state)),
      expires_at_(draft.expires_at),
      query_(std::move(draft.query)),
      encryption_key_(std::move(draft.encryption_key)),
      content_encryption_(draft.content_encryption),
      registration_(std::move(draft.registration)),
      certificate_(std::move(draft.certificate)),
      pairing_(std::move(draft.pairing)),
      transaction_data_(std::move(draft.transaction_data)) {}

namespace {

// kid may stand beside x5c; it is never used to find a key.
constexpr std::array<std::string_view, 2> kKeyHeaders = {"x5c", "kid"};

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

// What the reader says about shapes is oid4vp_invalid_request at the same place.
template <class T>
Result<T> shape(Result<T> result) {
  if (!result) return invalid(std::move(result.error().where), std::move(result.error().detail));
  return result;
}

Status check_text(json::ObjectReader& reader, std::string_view name, std::string_view want) {
  MIBUN_TRY(const std::string_view text, shape(reader.string(name)));
  if (text != want) return invalid(reader.place(name), "not what this wallet answers");
  return {};
}

Status check_client_id(json::ObjectReader& reader, std::string_view outside) {
  MIBUN_TRY(const std::string_view inside, shape(reader.string("client_id")));
  if (inside == outside) return {};
  return fail(ErrorCode::oid4vp_client_id_mismatch, "request.client_id", "the link names another client");
}

Status check_audience(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view audience, shape(reader.string("aud")));
  if (audience == kRequestAudience) return {};
  return fail(ErrorCode::jwt_audience_mismatch, "request.aud", "the request is for somebody else");
}

Result<Instant> check_times(const json::Object& payload, Instant now) {
  auto times = jose::check_times(payload, {}, now);
  if (!times && times.error().code == ErrorCode::jwt_expired) {
    return fail(ErrorCode::oid4vp_request_expired, "request.exp", "the request has expired");
  }
  if (!times) return pass_error(times);
  return jose::numeric_date(payload.at("exp"), "request.exp");
}

// What must not be there: a way around the response_uri, a second query, or a request inside the request (RFC 9101).
Status check_absent(const json::Object& payload, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (payload.contains(name)) return invalid("request." + std::string(name), "does not belong into this request");
  }
  return {};
}

Result<std::string> read_nonce(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view nonce, shape(reader.string("nonce")));
  if (nonce.size() < kNonceSizeMin || !is_token(nonce)) {
    return invalid(reader.place("nonce"), "too short, too long, or not URL safe");
  }
  return std::string(nonce);
}

Result<std::optional<std::string>> read_state(json::ObjectReader& reader) {
  MIBUN_TRY(const std::optional<std::string_view> state, shape(reader.optional_string("state")));
  if (!state) return std::nullopt;
  if (!is_token(*state)) return invalid(reader.place("state"), "too long, or not URL safe");
  return std::string(*state);
}

Status check_wallet_nonce(json::ObjectReader& reader, const std::optional<std::string>& sent) {
  MIBUN_TRY(const std::optional<std::string_view> returned, shape(reader.optional_string("wallet_nonce")));
  if (!sent || returned == *sent) return {};
  return fail(ErrorCode::oid4vp_wallet_nonce_mismatch, "request.wallet_nonce",
              "the request was made for another wallet");
}

Result<std::optional<PairingDemand>> read_pairing(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, shape(reader.optional_object(kPairingMember)));
  if (object == nullptr) return std::nullopt;
  return PairingDemand::parse(*object, reader.place(kPairingMember));
}

// The first key that this wallet can encrypt to; others are ignored (section 8.3).
Result<jose::Jwk> choose_encryption_key(json::ObjectReader& metadata) {
  MIBUN_TRY(const json::Object* const jwks, shape(metadata.object("jwks")));
  json::ObjectReader reader(*jwks, metadata.place("jwks"));
  MIBUN_TRY(const json::Array* const keys, shape(reader.array("keys")));
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
  MIBUN_TRY(const json::Array* const array, shape(metadata.optional_array(kName)));
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

// A list that is left out sets no bound: appendix B.2.2 and B.3.4.
bool allows_any_of(const json::Object& format, std::string_view member, std::span<const json::Value> ours) {
  const json::Value* value = format.if_contains(member);
  if (value == nullptr) return true;
  const json::Array* array = value->if_array();
  return array != nullptr && std::ranges::any_of(*array, [&](const json::Value& one) {
           return std::ranges::find(ours, one) != ours.end();
         });
}

// Whether presentations of this format, as this wallet makes them, can be verified there.
bool takes_format(const json::Object& formats, std::string_view name) {
  const json::Value* format = formats.if_contains(name);
  const json::Object* object = format == nullptr ? nullptr : format->if_object();
  if (object == nullptr) return false;
  if (name == dcql::kSdJwtFormat) {
    const std::array<json::Value, 1> es256{json::Value("ES256")};
    return allows_any_of(*object, "sd-jwt_alg_values", es256) && allows_any_of(*object, "kb-jwt_alg_values", es256);
  }
  const std::array<json::Value, 2> es256{json::Value(-7), json::Value(-9)};
  return allows_any_of(*object, "issuerauth_alg_values", es256) &&
         allows_any_of(*object, "deviceauth_alg_values", es256);
}

// Every credential of a format that we know must be one that the verifier takes; one such must be asked for.
Status check_formats(json::ObjectReader& metadata, const dcql::Query& query) {
  MIBUN_TRY(const json::Object* const formats, shape(metadata.object("vp_formats_supported")));
  const auto refuse = [&] {
    return fail(ErrorCode::dcql_unsupported_format, metadata.place("vp_formats_supported"),
                "the verifier takes no format of this wallet");
  };
  bool asked = false;
  for (const dcql::CredentialQuery& credential : query.credentials()) {
    if (std::holds_alternative<dcql::UnknownMeta>(credential.meta)) continue;
    if (!takes_format(*formats, credential.format)) return refuse();
    asked = true;
  }
  return asked ? Status{} : refuse();
}

Result<dcql::Query> read_query(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object("dcql_query")));
  return dcql::Query::parse(*object);
}

std::unexpected<Error> registration_invalid(std::string detail) {
  return fail(ErrorCode::oid4vp_registration_invalid, "request.verifier_info", std::move(detail));
}

// Entries of other formats are ignored (section 5.11); of ours there must be exactly one.
Result<std::string_view> find_registration(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const infos, shape(reader.optional_array("verifier_info")));
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

Result<VerifiedRegistration> read_registration(json::ObjectReader& reader, const crypto::TrustAnchors& registrars,
                                               std::string_view client_id, const dcql::Query& query, Instant now) {
  MIBUN_TRY(const std::string_view text, find_registration(reader));
  auto registration = VerifiedRegistration::verify(text, registrars, now);
  if (!registration) return registration_invalid(std::string(to_string(registration.error().code)));
  if (registration->content().client_id != client_id) return registration_invalid("of another client");
  MIBUN_CHECK(registration->allows(query));
  return registration;
}

// A request object whose signature and path were checked.
struct Signed {
  json::Object payload;
  crypto::Certificate leaf;
};

Result<Signed> open_signed(std::string_view text, const crypto::TrustAnchors& access, Instant now) {
  MIBUN_CHECK(access.check_purpose(crypto::CertificatePurpose::verifier_access));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(crypto::Certificate leaf, access.verify_chain(chain, now));
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(leaf.public_key(), {kRequestObjectType, kKeyHeaders}));
  return Signed{verified.payload(), std::move(leaf)};
}

// What is asked for and how to answer it: the same however the request travels.
struct Wish {
  dcql::Query query;
  std::vector<TransactionData> transaction_data;
  jose::Jwk encryption_key;
  jose::ContentEncryption content_encryption;
  VerifiedRegistration registration;
};

Result<Wish> read_wish(const json::Object& payload, json::ObjectReader& reader, const crypto::TrustAnchors& registrars,
                       std::string_view client_id, Instant now) {
  MIBUN_TRY(dcql::Query query, read_query(reader));
  MIBUN_TRY(auto transaction_data, read_transaction_data(payload, query));
  MIBUN_TRY(const json::Object* const metadata_object, shape(reader.object("client_metadata")));
  json::ObjectReader metadata(*metadata_object, reader.place("client_metadata"));
  MIBUN_TRY(jose::Jwk encryption_key, choose_encryption_key(metadata));
  MIBUN_TRY(const jose::ContentEncryption content_encryption, choose_content_encryption(metadata));
  MIBUN_CHECK(check_formats(metadata, query));
  MIBUN_TRY(VerifiedRegistration registration, read_registration(reader, registrars, client_id, query, now));
  return Wish{std::move(query), std::move(transaction_data), std::move(encryption_key), content_encryption,
              std::move(registration)};
}

Status check_dc_api_mode(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view mode, shape(reader.string("response_mode")));
  if (mode == "dc_api.jwt") return {};
  return fail(ErrorCode::oid4vp_response_mode_not_supported, reader.place("response_mode"), "dc_api.jwt is answered");
}

// Section A.2: without this check a page could replay another page's signed request.
Status check_origin(json::ObjectReader& reader, std::string_view origin) {
  MIBUN_TRY(const json::Array* const expected, shape(reader.array("expected_origins")));
  MIBUN_TRY(const auto origins, shape(json::string_array(*expected, reader.place("expected_origins"))));
  if (std::ranges::find(origins, origin) != origins.end()) return {};
  return fail(ErrorCode::oid4vp_origin_mismatch, reader.place("expected_origins"), "another page's request");
}

}  // namespace

Result<VerifiedRequest> VerifiedRequest::verify(std::string_view text, const RequestPolicy& policy, Instant now) {
  MIBUN_TRY(const ClientId client, ClientId::parse(policy.client_id));
  MIBUN_TRY(Signed object, open_signed(text, policy.access, now));
  const crypto::Certificate& leaf = object.leaf;
  MIBUN_CHECK(client.check_certificate(leaf));

  json::ObjectReader reader(object.payload, "request");
  MIBUN_CHECK(check_client_id(reader, policy.client_id));
  MIBUN_CHECK(check_audience(reader));
  MIBUN_TRY(const Instant expires_at, check_times(object.payload, now));
  MIBUN_CHECK(check_text(reader, "response_type", "vp_token"));
  MIBUN_CHECK(check_text(reader, "response_mode", "direct_post.jwt"));
  MIBUN_CHECK(check_absent(object.payload, {"redirect_uri", "scope", "request", "request_uri"}));
  MIBUN_TRY(std::string nonce, read_nonce(reader));
  MIBUN_TRY(auto state, read_state(reader));
  MIBUN_TRY(const std::string_view response_uri, shape(reader.string("response_uri")));
  MIBUN_CHECK(client.check_response_uri(leaf, response_uri));
  MIBUN_CHECK(check_wallet_nonce(reader, policy.wallet_nonce));
  MIBUN_TRY(auto pairing, read_pairing(reader));
  MIBUN_TRY(Wish wish, read_wish(object.payload, reader, policy.registrars, policy.client_id, now));

  return VerifiedRequest(Draft{.text = std::string(text),
                               .client_id = std::string(policy.client_id),
                               .audience = std::string(policy.client_id),
                               .nonce = std::move(nonce),
                               .response_uri = std::string(response_uri),
                               .state = std::move(state),
                               .expires_at = expires_at,
                               .query = std::move(wish.query),
                               .encryption_key = std::move(wish.encryption_key),
                               .content_encryption = wish.content_encryption,
                               .registration = std::move(wish.registration),
                               .certificate = std::move(object.leaf),
                               .pairing = std::move(pairing),
                               .transaction_data = std::move(wish.transaction_data)});
}

Result<VerifiedRequest> VerifiedRequest::verify_dc_api(std::string_view text, const DcApiPolicy& policy, Instant now) {
  MIBUN_TRY(Signed object, open_signed(text, policy.access, now));
  json::ObjectReader reader(object.payload, "request");
  MIBUN_TRY(const std::string_view client_id, shape(reader.string("client_id")));
  MIBUN_TRY(const ClientId client, ClientId::parse(client_id));
  MIBUN_CHECK(client.check_certificate(object.leaf));
  MIBUN_CHECK(check_audience(reader));
  MIBUN_TRY(const Instant expires_at, check_times(object.payload, now));
  MIBUN_CHECK(check_text(reader, "response_type", "vp_token"));
  MIBUN_CHECK(check_dc_api_mode(reader));
  MIBUN_CHECK(check_origin(reader, policy.origin));
  MIBUN_CHECK(check_absent(object.payload, {"redirect_uri", "response_uri", "scope", "request", "request_uri"}));
  MIBUN_TRY(std::string nonce, read_nonce(reader));
  MIBUN_TRY(Wish wish, read_wish(object.payload, reader, policy.registrars, client_id, now));
  return VerifiedRequest(Draft{.text = std::string(text),
                               .client_id = std::string(client_id),
                               .audience = audience_of_origin(policy.origin),
                               .nonce = std::move(nonce),
                               .response_uri = {},
                               .state = {},
                               .expires_at = expires_at,
                               .query = std::move(wish.query),
                               .encryption_key = std::move(wish.encryption_key),
                               .content_encryption = wish.content_encryption,
                               .registration = std::move(wish.registration),
                               .certificate = std::move(object.leaf),
                               .pairing = {},
                               .transaction_data = std::move(wish.transaction_data)});
}

}  // namespace mibun::oid4vp
