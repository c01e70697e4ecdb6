#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
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
  // Until then it could be shown again.
  Instant remember_until() const { return remember_until_; }

 private:
  friend class ClientAuthenticator;
  WalletClient(std::string client_id, std::string instance_jkt, std::string proof_id, Instant remember_until)
      : client_id_(std::move(client_id)),
        instance_jkt_(std::move(instance_jkt)),
        proof_id_(std::move(proof_id)),
        remember_until_(remember_until) {}
  std::string client_id_, instance_jkt_, proof_id_;
  Instant remember_until_;
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

  // What the next proof of possession has to carry, for OAuth-Client-Attestation-Challenge.
  virtual Result<std::string> challenge() = 0;

 protected:
  static WalletClient authenticated(std::string client_id, std::string instance_jkt, std::string proof_id,
                                    Instant remember_until) {
    return {std::move(client_id), std::move(instance_jkt), std::move(proof_id), remember_until};
  }
};

// Gives the next challenge along with a refusal for the want of one: attestation-based client authentication -11,
// section 7.4. Nothing is added when there is none to give.
void add_challenge(ClientAuthenticator& authenticator, const Error& error, http::ServerResponse& refused);

// How a wallet software shows that a request is its own; said where it is registered, never by a request.
struct PublicClient {};  // by its name alone. PKCE, PAR and DPoP bind the exchange to whoever began it
struct AttestedBy {      // by a wallet attestation of this provider: HAIP 1.0, section 4.4.1
  std::string provider;  // a name of the certificate that signs them
};

// A wallet software that may ask for cards here.
struct RegisteredClient {
  std::string client_id;
  std::variant<PublicClient, AttestedBy> authentication;
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

}  // namespace mibun::server
