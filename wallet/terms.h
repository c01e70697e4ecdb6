#pragma once

#include <string_view>

#include "core/base/result.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// The person accepts terms that came after those they accepted last: told to the server, which keeps it in the
// account's history, and then in the profile. Asks for the device's key. Errors: wallet_server_refused
// (terms_not_accepted: not the version in force), wallet_user_verification_failed, http_*.
Status accept_terms(const Host& host, ServerApi& api, Profile& profile, std::string_view terms_version);

}  // namespace mibun::wallet
