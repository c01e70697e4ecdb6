#pragma once

#include <memory>
#include <string>

#include "cli/terminal/terminal.h"
#include "cli/wallet/options.h"
#include "cli/wallet/vault.h"
#include "core/crypto/hash.h"
#include "platform/http/client.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::cli {

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

// The wallet's network: https only, with the roots that this wallet was registered with. Goes to the wallet's own
// server and to the origins that the person allowed, wherever they lie; what links and metadata name must be public.
class WalletHttp final : public wallet::Http {
 public:
  // Errors: those of Destinations.
  static Result<WalletHttp> open(const Registered& registered, const std::vector<std::string>& allowed_origins,
                                 const Terminal& terminal);
  Result<HttpResponse> send(const HttpRequest& request) override;

 private:
  WalletHttp(http::ClientOptions options, Language language) : client_(std::move(options)), language_(language) {}
  http::Client client_;
  Language language_;  // servers answer in the person's language
};

// An unlocked wallet and its server, for one command.
class Session {
 public:
  // Asks for the passphrase. Errors: wallet_not_registered, those of WalletHttp, Vault::unlock and load_profile.
  static Result<std::unique_ptr<Session>> open(const WalletOptions& options, const Terminal& terminal);

  const wallet::Host& host() const { return host_; }
  wallet::ServerApi& api() { return *api_; }
  wallet::Profile& profile() { return profile_; }
  Vault& vault() { return vault_; }

 private:
  Session(const std::string& home, WalletHttp http, const Terminal& terminal);
  SystemClock clock_;
  crypto::SystemRng rng_;
  Vault vault_;
  WalletHttp http_;
  wallet::Host host_;
  wallet::Profile profile_;
  std::unique_ptr<wallet::ServerApi> api_;
};

}  // namespace mibun::cli
