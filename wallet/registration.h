#pragma once

#include <string>

#include "core/codecs/json.h"
#include "core/webauthn/options.h"
#include "wallet/host.h"
#include "wallet/made_keys.h"
#include "wallet/profile.h"

namespace mibun::wallet {

// What a server offers to a device that wants to register; nothing was made yet. Good for five minutes.
struct RegistrationOffer {
  std::string origin;
  std::string registration_id;
  std::string terms_version;  // to be shown and agreed to
  webauthn::CreationOptions options;
};

// Needs no store: a person may read the terms before anything exists on the device.
// Errors: url_*, wallet_server_refused, webauthn_*, http_*, json_*.
Result<RegistrationOffer> begin_registration(Http& http, std::string_view origin);

// What a device shows of its new credential, and the profile that belongs to it: no account, no history key yet.
struct NewCredential {
  Profile profile;
  json::Object response;
};
// Asks for the passkey, or makes a device key among `keys`. Errors: webauthn_*, wallet_user_verification_failed.
Result<NewCredential> make_credential(const Host& host, const RegistrationOffer& offer, MadeKeys& keys);

struct RegistrationOutcome {
  Profile profile;
  std::string revocation_code;  // to be shown now and written down
};

// After the person agreed to the terms: makes the device key, registers it, and keeps the server's trust list. Once per
// wallet. Errors: wallet_already_registered (before anything is sent or made), wallet_server_refused, webauthn_*,
// http_*. Keys made for a registration that failed are destroyed.
Result<RegistrationOutcome> finish_registration(const Host& host, const RegistrationOffer& offer);

// Stops a wallet from anywhere, without its device: who holds the code decides. Returns when it was, in JST.
// Errors: wallet_server_refused (revocation_code_wrong), http_*.
Result<std::string> revoke_wallet(Http& http, const std::string& origin, std::string_view revocation_code);

}  // namespace mibun::wallet
