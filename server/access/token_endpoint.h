#pragma once

#include <string>
#include <vector>

#include "core/oid4vci/token.h"
#include "platform/http/router.h"
#include "server/access/client_authenticator.h"
#include "server/access/tokens.h"

namespace mibun::server {

// POST /oauth/token: pre-authorized codes of applicants, client credentials of partners and staff. Every token is bound
// to the DPoP key of its request; there are no shared secrets and no bearer tokens.
class TokenEndpoint {
 public:
  TokenEndpoint(database::Database& database, TokenService& tokens, PreAuthorizedCodes& codes,
                ClientAuthenticator& wallets, std::vector<ClientDirectory*> directories, const Clock& clock,
                const std::string& public_origin)
      : database_(database),
        tokens_(tokens),
        codes_(codes),
        wallets_(wallets),
        directories_(std::move(directories)),
        clock_(clock),
        audiences_{public_origin, public_origin + "/oauth/token"} {}

  http::ServerResponse answer(const http::ServerRequest& request);

 private:
  Result<oid4vci::TokenResponse> grant(const http::ServerRequest& request);
  Result<oid4vci::TokenResponse> redeem(const http::ServerRequest& http_request,
                                        const oid4vci::PreAuthorizedCodeRequest& request,
                                        const oid4vci::VerifiedDpop& proof);
  Result<oid4vci::TokenResponse> authenticate(const oid4vci::ClientCredentialsRequest& request,
                                              const oid4vci::VerifiedDpop& proof);
  Result<Client> find_client(std::string_view client_id);
  database::Database& database_;
  TokenService& tokens_;
  PreAuthorizedCodes& codes_;
  ClientAuthenticator& wallets_;
  std::vector<ClientDirectory*> directories_;
  const Clock& clock_;
  std::vector<std::string> audiences_;
};

void add_token_route(http::Router& router, TokenEndpoint& endpoint);

}  // namespace mibun::server
