#include "wallet/registration.h"

#include <optional>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "core/webauthn/software_authenticator.h"
#include "wallet/history.h"
#include "wallet/passkey.h"
#include "wallet/server_api.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kCredentialIdBytes = 32;

Profile profile_for(const Host& host, const RegistrationOffer& offer) {
  Profile profile;
  profile.origin = offer.origin;
  profile.rp_id = offer.options.rp_id;
  profile.user_handle = offer.options.user_id;
  profile.registered_at = host.clock.now();
  profile.terms_version = offer.terms_version;
  return profile;
}

Result<NewCredential> make_passkey(const Host& host, const RegistrationOffer& offer) {
  MIBUN_TRY(const Passkey::Made made, host.passkey->make_credential(offer.options));
  NewCredential made_here{.profile = profile_for(host, offer), .response = {}};
  made_here.profile.passkey = made.public_key;
  made_here.profile.credential_id = made.credential_id;
  made_here.profile.key_thumbprint = jose::Jwk(made.public_key).thumbprint();
  MIBUN_TRY(made_here.response, made.response.to_json());
  return made_here;
}

Result<NewCredential> make_device_key(const Host& host, const RegistrationOffer& offer, MadeKeys& keys,
                                      const webauthn::UserVerification& verification) {
  NewCredential made{.profile = profile_for(host, offer), .response = {}};
  Profile& profile = made.profile;
  MIBUN_TRY(profile.device_key, keys.make());
  profile.credential_id = host.rng.bytes(kCredentialIdBytes);
  MIBUN_TRY(const crypto::P256Signer* device_key, host.keys.signer(profile.device_key));
  profile.key_thumbprint = jose::Jwk(device_key->public_key()).thumbprint();
  const webauthn::SoftwareAuthenticator authenticator(*device_key, profile.credential_id, profile.user_handle);
  const webauthn::CeremonyRequest ceremony{
      .rp_id = profile.rp_id, .origin = profile.origin, .challenge = offer.options.challenge, .counter = 0};
  MIBUN_TRY(const auto response, authenticator.make_credential(ceremony, verification, host.clock.now()));
  MIBUN_TRY(made.response, response.to_json());
  return made;
}

}  // namespace

Result<NewCredential> make_credential(const Host& host, const RegistrationOffer& offer, MadeKeys& keys) {
  if (host.passkey != nullptr) return make_passkey(host, offer);
  MIBUN_TRY(const auto verification, host.user.verify_user("register"));
  return make_device_key(host, offer, keys, verification);
}

Result<RegistrationOffer> begin_registration(Http& http, std::string_view origin) {
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(origin));
  RegistrationOffer offer;
  offer.origin = url.origin();
  MIBUN_TRY(const auto answer, send_open_request(http, offer.origin, "POST", "/api/v1/registrations", "{}"));
  json::ObjectReader reader(answer.body, "registration");
  MIBUN_TRY(offer.registration_id, reader.string("registration_id"));
  MIBUN_TRY(offer.terms_version, reader.string("terms_version"));
  MIBUN_TRY(const json::Object* public_key, reader.object("public_key"));
  MIBUN_TRY(offer.options, webauthn::CreationOptions::parse(*public_key));
  return offer;
}

Result<RegistrationOutcome> finish_registration(const Host& host, const RegistrationOffer& offer) {
  MIBUN_TRY(const bool registered, has_profile(host.store));
  if (registered) return fail(ErrorCode::wallet_already_registered, "wallet");
  MIBUN_CHECK(fetch_trust(host, offer.origin));
  ServerApi api(host, offer.origin);
  MadeKeys keys(host);
  MIBUN_TRY(NewCredential made, make_credential(host, offer, keys));
  Profile& profile = made.profile;
  MIBUN_TRY(profile.history_key, keys.make());
  json::Object body;
  body["terms_version"] = offer.terms_version;
  body["credential"] = std::move(made.response);
  MIBUN_TRY(const auto answer,
            api.open_request("POST", "/api/v1/registrations/" + offer.registration_id, json::serialize(body)));
  keys.keep();
  json::ObjectReader reader(answer.body, "registration");
  MIBUN_TRY(profile.account_id, reader.string("account_id"));
  MIBUN_TRY(profile.revocation_code, reader.string("revocation_code"));
  MIBUN_CHECK(save_profile(host.store, profile));
  MIBUN_CHECK(HistoryBook(host).record({.kind = "registered", .outcome = "done"}));
  return RegistrationOutcome{profile, profile.revocation_code};
}

Result<std::string> revoke_wallet(Http& http, const std::string& origin, std::string_view revocation_code) {
  json::Object body;
  body["revocation_code"] = revocation_code;
  MIBUN_TRY(const auto answer, send_open_request(http, origin, "POST", "/api/v1/revocations", json::serialize(body)));
  json::ObjectReader reader(answer.body, "revocation");
  MIBUN_TRY(const std::string_view revoked_at, reader.string("revoked_at"));
  return std::string(revoked_at);
}

}  // namespace mibun::wallet
