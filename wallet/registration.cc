#include "wallet/registration.h"

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "core/webauthn/options.h"
#include "core/webauthn/software_authenticator.h"
#include "wallet/server_api.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kCredentialIdBytes = 32;

struct Offered {
  std::string registration_id, terms_version;
  webauthn::CreationOptions options;
};

Result<Offered> begin(ServerApi& api) {
  MIBUN_TRY(const auto answer, api.open_request("POST", "/api/v1/registrations", "{}"));
  json::ObjectReader reader(answer.body, "registration");
  Offered offered;
  MIBUN_TRY(offered.registration_id, reader.string("registration_id"));
  MIBUN_TRY(offered.terms_version, reader.string("terms_version"));
  MIBUN_TRY(const json::Object* public_key, reader.object("public_key"));
  MIBUN_TRY(offered.options, webauthn::CreationOptions::parse(*public_key));
  return offered;
}

}  // namespace

Result<RegistrationOutcome> register_wallet(const Host& host, const std::string& origin) {
  MIBUN_TRY(const bool registered, has_profile(host.store));
  if (registered) return fail(ErrorCode::wallet_already_registered, "wallet");
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(origin));
  ServerApi api(host, url.origin());
  MIBUN_CHECK(fetch_trust(host, url.origin()));
  MIBUN_TRY(const Offered offered, begin(api));
  MIBUN_TRY(const auto verification, api.verify_user_now("register"));

  Profile profile;
  profile.origin = url.origin();
  profile.rp_id = offered.options.rp_id;
  MIBUN_TRY(profile.device_key, host.keys.make_key());
  MIBUN_TRY(profile.history_key, host.keys.make_key());
  profile.credential_id = host.rng.bytes(kCredentialIdBytes);
  profile.user_handle = offered.options.user_id;
  profile.registered_at = host.clock.now();
  MIBUN_TRY(const crypto::Signer* device_key, host.keys.signer(profile.device_key));
  profile.key_thumbprint = jose::Jwk(device_key->public_key()).thumbprint();

  const webauthn::SoftwareAuthenticator authenticator(*device_key, profile.credential_id, profile.user_handle);
  const webauthn::CeremonyRequest ceremony{
      .rp_id = profile.rp_id, .origin = profile.origin, .challenge = offered.options.challenge, .counter = 0};
  MIBUN_TRY(const auto response, authenticator.make_credential(ceremony, verification, host.clock.now()));
  json::Object body;
  body["terms_version"] = offered.terms_version;
  MIBUN_TRY(body["credential"], response.to_json());
  MIBUN_TRY(const auto answer, api.open_request("POST", "/api/v1/registrations/" + offered.registration_id,
                                                json::serialize(body)));
  json::ObjectReader reader(answer.body, "registration");
  MIBUN_TRY(profile.account_id, reader.string("account_id"));
  MIBUN_TRY(profile.revocation_code, reader.string("revocation_code"));
  MIBUN_CHECK(save_profile(host.store, profile));
  return RegistrationOutcome{profile, profile.revocation_code};
}

}  // namespace mibun::wallet
