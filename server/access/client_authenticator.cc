#include "server/access/client_authenticator.h"

#include <algorithm>

namespace mibun::server {

const RegisteredClient* WalletClients::find(std::string_view client_id) const {
  const auto found = std::ranges::find(clients_, client_id, &RegisteredClient::client_id);
  return found == clients_.end() ? nullptr : &*found;
}

Result<WalletClient> PublicClients::authenticate(const http::ServerRequest& /*request*/,
                                                 const std::optional<std::string>& client_id, Demand demand) {
  if (!client_id) {
    if (demand == Demand::anonymous_allowed) return authenticated({}, {}, {});
    return fail(ErrorCode::oauth_invalid_client, "client_id", "missing");
  }
  if (clients_.find(*client_id) == nullptr) return fail(ErrorCode::oauth_invalid_client, "client_id", "unknown");
  return authenticated(*client_id, {}, {});
}

Status PublicClients::use(database::Transaction& /*transaction*/, const WalletClient& /*client*/) {
  return {};  // a name can be said again
}

}  // namespace mibun::server
