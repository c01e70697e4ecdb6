#pragma once

#include "core/codecs/json.h"
#include "core/oid4vci/wallet_flow.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// The wallet's own provider, which is the server that it is registered with. It is told keys, and not who will see what
// it says of them (docs/decisions/0030). Each question carries the account's assertion, so the person is asked as for
// everything else of the account: at most once a minute.
class WalletProvider {
 public:
  WalletProvider(const Host& host, ServerApi& api, Profile& profile) : host_(host), api_(api), profile_(profile) {}

  // That `instance_key` belongs to a wallet of this provider. Errors: those of ServerApi::account_request, json_*.
  Result<oid4vci::WalletAttested> attest(const oid4vci::AttestWallet& wanted, const crypto::P256Signer& instance_key);
  // That these keys are kept as this wallet keeps keys. Errors: the same.
  Result<oid4vci::KeysAttested> attest(const oid4vci::AttestKeys& wanted);

 private:
  Result<std::string> ask(std::string_view target, const json::Object& body, std::string_view member);
  Result<std::string> possession(const crypto::P256Signer& key) const;
  Host host_;
  ServerApi& api_;
  Profile& profile_;
};

}  // namespace mibun::wallet
