#include "wallet/profile.h"

#include "core/codecs/base64url.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kRecord = "profile";
// The one in force when profiles did not name it yet.
constexpr std::string_view kFirstTerms = "2026-11-01";

Result<Bytes> bytes_member(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const std::string_view text, reader.string(name));
  return base64url::decode(text);
}

}  // namespace

Result<bool> has_profile(Store& store) {
  const auto text = store.read(kRecord);
  if (text) return true;
  if (text.error().code == ErrorCode::not_found) return false;
  return std::unexpected(text.error());
}

Result<Profile> load_profile(Store& store) {
  auto text = store.read(kRecord);
  if (!text && text.error().code == ErrorCode::not_found) return fail(ErrorCode::wallet_not_registered, "wallet");
  if (!text) return pass_error(text);
  MIBUN_TRY(const json::Object object, json::parse_object(*text));
  return profile_from_json(object);
}

Result<Profile> profile_from_json(const json::Object& object) {
  json::ObjectReader reader(object, "profile");
  Profile profile;
  MIBUN_TRY(profile.origin, reader.string("origin"));
  MIBUN_TRY(profile.rp_id, reader.string("rp_id"));
  MIBUN_TRY(profile.account_id, reader.string("account_id"));
  MIBUN_TRY(profile.device_key.value, reader.string("device_key"));
  MIBUN_TRY(const auto passkey, reader.optional_string("passkey"));
  if (passkey) {
    MIBUN_TRY(const Bytes point, base64url::decode(*passkey));
    MIBUN_TRY(profile.passkey, crypto::P256PublicKey::from_point(point));
  }
  MIBUN_TRY(profile.history_key.value, reader.string("history_key"));
  MIBUN_TRY(profile.credential_id, bytes_member(reader, "credential_id"));
  MIBUN_TRY(profile.user_handle, bytes_member(reader, "user_handle"));
  MIBUN_TRY(const std::int64_t counter, reader.integer("counter"));
  profile.counter = static_cast<std::uint32_t>(counter);
  MIBUN_TRY(profile.key_thumbprint, reader.string("key_thumbprint"));
  MIBUN_TRY(profile.revocation_code, reader.string("revocation_code"));
  MIBUN_TRY(const std::int64_t registered_at, reader.integer("registered_at"));
  profile.registered_at = Instant::from_unix_milliseconds(registered_at);
  MIBUN_TRY(const auto terms_version, reader.optional_string("terms_version"));
  profile.terms_version = terms_version.value_or(kFirstTerms);
  return profile;
}

json::Object to_json(const Profile& profile) {
  json::Object object;
  object["origin"] = profile.origin;
  object["rp_id"] = profile.rp_id;
  object["account_id"] = profile.account_id;
  object["device_key"] = profile.device_key.value;
  if (profile.passkey) object["passkey"] = base64url::encode(profile.passkey->point());
  object["history_key"] = profile.history_key.value;
  object["credential_id"] = base64url::encode(profile.credential_id);
  object["user_handle"] = base64url::encode(profile.user_handle);
  object["counter"] = profile.counter;
  object["key_thumbprint"] = profile.key_thumbprint;
  object["revocation_code"] = profile.revocation_code;
  object["registered_at"] = profile.registered_at.unix_milliseconds();
  object["terms_version"] = profile.terms_version;
  return object;
}

Status save_profile(Store& store, const Profile& profile) {
  return store.write(kRecord, json::serialize(to_json(profile)));
}

}  // namespace mibun::wallet
