#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "platform/database/database.h"
#include "platform/http/server.h"

namespace mibun::server {

// The wallet behind a PAR or token request. Only a ClientAuthenticator makes one.
class WalletClient {
 public:
  // Empty: anonymous, which only the pre-authorized code grant allows (OpenID4VCI 1.0, section 6.1).
  const std::string& client_id() const { return client_id_; }
  // Thumbprint of the key of this one wallet instance (attestation-based client authentication); empty when the client
  // is public. Codes and refresh tokens are bound to it (draft-ietf-oauth-attestation-based-client-auth, section 10.3).
  const std::string& instance_jkt() const { return instance_jkt_; }
  // What was shown once and must not be shown again; empty when there is nothing of that kind.
  const std::string& proof_id() const { return proof_id_; }

 private:
  friend class ClientAuthenticator;
  WalletClient(std::string client_id, std::string instance_jkt, std::string proof_id)
      : client_id_(std::move(client_id)), instance_jkt_(std::move(instance_jkt)), proof_id_(std::move(proof_id)) {}
  std::string client_id_, instance_jkt_, proof_id_;
};

// Says who asks at the authorization server. Called at PAR and at the token endpoint for every grant of a wallet,
// before anything else about the request is believed.
class ClientAuthenticator {
 public:
  virtual ~ClientAuthenticator() = default;

  // What the endpoint demands. `anonymous_allowed`: a request that names no client at all passes as anonymous; one that
  // names a client is judged all the same.
  enum class Demand { known_client, anonymous_allowed };

  // `client_id`: the form's parameter. Errors: oauth_invalid_client (missing, unknown, not who it says),
  // oauth_invalid_client_attestation, oauth_use_attestation_challenge, oauth_use_fresh_attestation.
  virtual Result<WalletClient> authenticate(const http::ServerRequest& request,
                                            const std::optional<std::string>& client_id, Demand demand) = 0;

  // Uses up what the client showed, in the transaction of the effect (rule R3). Errors: those of authenticate.
  virtual Status use(database::Transaction& transaction, const WalletClient& client) = 0;

 protected:
  static WalletClient authenticated(std::string client_id, std::string instance_jkt, std::string proof_id) {
    return {std::move(client_id), std::move(instance_jkt), std::move(proof_id)};
  }
};

// A wallet software that may ask for cards here.
struct RegisteredClient {
  std::string client_id;
  std::string name_ja, name_en;            // shown to the person who is asked
  std::vector<std::string> redirect_uris;  // compared byte for byte
};

// Where they are looked up.
class WalletClients {
 public:
  explicit WalletClients(std::vector<RegisteredClient> clients) : clients_(std::move(clients)) {}
  const RegisteredClient* find(std::string_view client_id) const;  // nullptr: unknown

 private:
  std::vector<RegisteredClient> clients_;
};

// Public clients: the registered client_id is all there is. PKCE, PAR and DPoP bind the exchange to whoever began it.
class PublicClients final : public ClientAuthenticator {
 public:
  explicit PublicClients(const WalletClients& clients) : clients_(clients) {}
  Result<WalletClient> authenticate(const http::ServerRequest& request, const std::optional<std::string>& client_id,
                                    Demand demand) override;
  Status use(database::Transaction& transaction, const WalletClient& client) override;

 private:
  const WalletClients& clients_;
};

}  // namespace mibun::server
