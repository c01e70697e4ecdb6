#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/oid4vci/wallet_flow.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// Who this wallet says it is at authorization servers. The address brings the person back to the wallet; a code that
// another program catches there is worth nothing without the PKCE verifier and the DPoP key.
inline constexpr std::string_view kClientId = "mibun-wallet";
inline constexpr std::string_view kRedirectUri = "mibun-wallet://authorized";

// Brings the person to the authorization server and back: the whole address that they were redirected to.
// Errors: cancelled, and whatever the visit fails with.
using VisitServer = std::function<Result<std::string>(const oid4vci::OpenAuthorization& visit)>;

// Whether the visit leads to the server that this wallet is registered with.
bool is_own_server(const oid4vci::OpenAuthorization& visit, const Profile& profile);

// The visit to our own server, without a browser: the device key signs the person in and approves, over the same
// interface as the page. Errors: http_url_not_allowed (another server), http_*, json_*, wallet_server_refused,
// wallet_user_verification_failed, wallet_locked.
Result<std::string> sign_in(const Host& host, ServerApi& api, Profile& profile,
                            const oid4vci::OpenAuthorization& visit);

}  // namespace mibun::wallet
