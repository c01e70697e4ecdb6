#include "server/access/client_authenticator.h"

#include <algorithm>

#include "core/oid4vci/client_attestation.h"

namespace mibun::server {

const RegisteredClient* WalletClients::find(std::string_view client_id) const {
  const auto found = std::ranges::find(clients_, client_id, &RegisteredClient::client_id);
  return found == clients_.end() ? nullptr : &*found;
}

void add_challenge(ClientAuthenticator& authenticator, const Error& error, http::ServerResponse& refused) {
  if (error.code != ErrorCode::oauth_use_attestation_challenge) return;
  if (auto challenge = authenticator.challenge()) {
    refused.headers.push_back({std::string(oid4vci::kAttestationChallengeHeader), std::move(*challenge)});
  }
}

}  // namespace mibun::server
