#pragma once

#include <string>

#include "wallet/host.h"
#include "wallet/profile.h"

namespace mibun::wallet {

struct RegistrationOutcome {
  Profile profile;
  std::string revocation_code;  // to be shown now and written down
};

// Makes the device key on this device, registers it, and keeps the server's trust list. Once per wallet.
// Errors: wallet_already_registered (before anything is sent), wallet_server_refused, webauthn_*, http_*.
Result<RegistrationOutcome> register_wallet(const Host& host, const std::string& origin);

}  // namespace mibun::wallet
