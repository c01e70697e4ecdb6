#pragma once

#include "platform/http/router.h"
#include "server/registration/accounts.h"
#include "server/wallet_provider/service.h"

namespace mibun::server {

// /api/v1/wallet/attestations and /api/v1/wallet/key-attestations, for the account's own wallet, and the statement
// about key storage, for everybody.
void add_wallet_provider_routes(http::Router& router, WalletProviderService& service, AssertionGate& gate);

}  // namespace mibun::server
