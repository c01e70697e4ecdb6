#include "core/webauthn/options.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/cose_key.h"
#include "core/webauthn/json_members.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr std::size_t kUserIdBytesMax = 64, kNameBytesMax = 512, kRpIdBytesMax = 253, kListMax = 64;
constexpr std::int64_t kTimeoutMax = 3'600'000;

Result<Bytes> challenge_of(json::ObjectReader& reader) {
  MIBUN_TRY(Bytes challenge, bytes_member(reader, "challenge", kChallengeBytesMax));
  if (challenge.size() < kChallengeBytesMin) return malformed(reader.place("challenge"), "it is too short");
  return challenge;
}

Result<std::chrono::milliseconds> timeout_of(json::ObjectReader& reader, std::chrono::milliseconds otherwise) {
  MIBUN_TRY(const auto timeout, or_malformed(reader.optional_integer("timeout"), reader.place("timeout")));
  if (!timeout) return otherwise;
  if (*timeout < 0 || *timeout > kTimeoutMax) return malformed(reader.place("timeout"), "no sensible number");
  return std::chrono::milliseconds(*timeout);
}

Status require_user_verification(json::ObjectReader& reader) {
  const char* const name = "userVerification";
  MIBUN_TRY(const auto value, or_malformed(reader.optional_string(name), reader.place(name)));
  if (value == "required") return {};
  return fail(ErrorCode::webauthn_user_not_verified, reader.place(name), "user verification must be required");
}

Status check_es256_is_offered(const json::Array& parameters) {
  if (parameters.size() > kListMax) return malformed("options.pubKeyCredParams", "too many");
  for (const json::Value& value : parameters) {
    if (!value.is_object()) return malformed("options.pubKeyCredParams", "an element is no object");
    json::ObjectReader reader(value.get_object(), "options.pubKeyCredParams");
    MIBUN_TRY(const auto type, or_malformed(reader.string("type"), reader.place("type")));
    MIBUN_TRY(const auto alg, or_malformed(reader.integer("alg"), reader.place("alg")));
    if (type == "public-key" && alg == kCoseEs256) return {};
  }
  return fail(ErrorCode::webauthn_algorithm_not_allowed, "options.pubKeyCredParams", "ES256 is not offered");
}

Result<std::vector<Bytes>> credential_ids(const json::Array& descriptors) {
  if (descriptors.size() > kListMax) return malformed("options.allowCredentials", "too many");
  std::vector<Bytes> ids;
  for (const json::Value& value : descriptors) {
    if (!value.is_object()) return malformed("options.allowCredentials", "an element is no object");
    json::ObjectReader reader(value.get_object(), "options.allowCredentials");
    MIBUN_CHECK(expect_text(reader, "type", "public-key"));
    MIBUN_TRY(Bytes id, bytes_member(reader, "id", kCredentialIdBytesMax));
    ids.push_back(std::move(id));
  }
  return ids;
}

Status read_rp(json::ObjectReader& options, CreationOptions& out) {
  MIBUN_TRY(const json::Object* object, or_malformed(options.object("rp"), "options.rp"));
  json::ObjectReader rp(*object, "options.rp");
  MIBUN_TRY(out.rp_id, text_member(rp, "id", kRpIdBytesMax));
  MIBUN_TRY(out.rp_name, text_member(rp, "name", kNameBytesMax));
  return {};
}

Status read_user(json::ObjectReader& options, CreationOptions& out) {
  MIBUN_TRY(const json::Object* object, or_malformed(options.object("user"), "options.user"));
  json::ObjectReader user(*object, "options.user");
  MIBUN_TRY(out.user_id, bytes_member(user, "id", kUserIdBytesMax));
  MIBUN_TRY(out.user_name, text_member(user, "name", kNameBytesMax));
  MIBUN_TRY(out.user_display_name, text_member(user, "displayName", kNameBytesMax));
  return {};
}

}  // namespace

json::Object CreationOptions::to_json() const {
  json::Object object;
  object["challenge"] = base64url::encode(challenge);
  object["rp"] = {{"id", rp_id}, {"name", rp_name}};
  object["user"] = {{"id", base64url::encode(user_id)}, {"name", user_name}, {"displayName", user_display_name}};
  json::Object es256;
  es256["type"] = "public-key";
  es256["alg"] = kCoseEs256;
  object["pubKeyCredParams"] = json::Array{std::move(es256)};
  object["timeout"] = timeout.count();
  object["attestation"] = "none";  // nobody judges who made it
  object["authenticatorSelection"] = {{"residentKey", "required"}, {"userVerification", "required"}};
  return object;
}

Result<CreationOptions> CreationOptions::parse(const json::Object& object) {
  json::ObjectReader reader(object, "options");
  CreationOptions out;
  MIBUN_TRY(out.challenge, challenge_of(reader));
  MIBUN_CHECK(read_rp(reader, out));
  MIBUN_CHECK(read_user(reader, out));
  MIBUN_TRY(const json::Array* parameters, or_malformed(reader.array("pubKeyCredParams"), "options.pubKeyCredParams"));
  MIBUN_CHECK(check_es256_is_offered(*parameters));
  constexpr const char* kSelection = "authenticatorSelection";
  MIBUN_TRY(const json::Object* selection, or_malformed(reader.object(kSelection), reader.place(kSelection)));
  json::ObjectReader selection_reader(*selection, "options.authenticatorSelection");
  MIBUN_CHECK(require_user_verification(selection_reader));
  MIBUN_TRY(out.timeout, timeout_of(reader, out.timeout));
  return out;
}

json::Object RequestOptions::to_json() const {
  json::Object object;
  object["challenge"] = base64url::encode(challenge);
  object["timeout"] = timeout.count();
  object["rpId"] = rp_id;
  json::Array descriptors;
  for (const Bytes& id : allowed_credentials) {
    json::Object descriptor;
    descriptor["type"] = "public-key";
    descriptor["id"] = base64url::encode(id);
    descriptors.push_back(std::move(descriptor));
  }
  object["allowCredentials"] = std::move(descriptors);
  object["userVerification"] = "required";
  return object;
}

Result<RequestOptions> RequestOptions::parse(const json::Object& object) {
  json::ObjectReader reader(object, "options");
  RequestOptions out;
  MIBUN_TRY(out.challenge, challenge_of(reader));
  MIBUN_TRY(out.rp_id, text_member(reader, "rpId", kRpIdBytesMax));
  constexpr const char* kAllowed = "options.allowCredentials";
  MIBUN_TRY(const json::Array* descriptors, or_malformed(reader.optional_array("allowCredentials"), kAllowed));
  if (descriptors != nullptr) {
    MIBUN_TRY(out.allowed_credentials, credential_ids(*descriptors));
  }
  MIBUN_CHECK(require_user_verification(reader));
  MIBUN_TRY(out.timeout, timeout_of(reader, out.timeout));
  return out;
}

}  // namespace mibun::webauthn
