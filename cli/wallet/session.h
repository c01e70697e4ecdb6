#pragma once

#include <memory>
#include <string>

#include "cli/terminal/terminal.h"
#include "cli/wallet/vault.h"
#include "core/crypto/hash.h"
#include "platform/http/client.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::cli {

// The wallet's network: https only, with the roots that this wallet was registered with.
class WalletHttp final : public wallet::Http {
 public:
  WalletHttp(std::string trust_pem, Language language)
      : client_({.trust_pem = std::move(trust_pem)}), language_(language) {}
  Result<HttpResponse> send(const HttpRequest& request) override;

 private:
  http::Client client_;
  Language language_;  // servers answer in the person's language
};

// What the folder says in the clear, for commands that ask for no passphrase: where this wallet is registered, and the
// roots it trusts on the way there. Both are public.
struct Registered {
  std::string server;
  std::string ca_pem;  // empty: the system's roots
};
bool is_registered(const std::string& home);
// Errors: wallet_not_registered, io_error.
Result<Registered> load_registered(const std::string& home);
Status save_registered(const std::string& home, const Registered& registered);
Status remove_registered(const std::string& home);

// An unlocked wallet and its server, for one command.
class Session {
 public:
  // Asks for the passphrase. Errors: wallet_not_registered, those of Vault::unlock and load_profile.
  static Result<std::unique_ptr<Session>> open(const std::string& home, const Terminal& terminal);

  const wallet::Host& host() const { return host_; }
  wallet::ServerApi& api() { return *api_; }
  wallet::Profile& profile() { return profile_; }
  Vault& vault() { return vault_; }

 private:
  Session(const std::string& home, Registered registered, const Terminal& terminal);
  SystemClock clock_;
  crypto::SystemRng rng_;
  Vault vault_;
  WalletHttp http_;
  wallet::Host host_;
  wallet::Profile profile_;
  std::unique_ptr<wallet::ServerApi> api_;
};

}  // namespace mibun::cli
