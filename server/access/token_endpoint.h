#pragma once

#include <string>
#include <vector>

#include "core/oid4vci/token.h"
#include "platform/http/router.h"
#include "server/access/tokens.h"

namespace mibun::server {

// POST /oauth/token: pre-authorized codes, authorization codes and refresh tokens of wallets, client credentials of
// partners and staff. Every token is bound to the DPoP key of its request; there are no shared secrets and no bearer
// tokens.
class TokenEndpoint {
 public:
  // The rooms that judge what is redeemed here.
  struct Grants {
    PreAuthorizedCodes& codes;
    AuthorizedGrants& authorized;
    ClientAuthenticator& wallets;
    std::vector<ClientDirectory*> directories;
  };
  TokenEndpoint(database::Database& database, TokenService& tokens, Grants grants, const Clock& clock,
                const std::string& public_origin)
      : database_(database),
        tokens_(tokens),
        grants_(std::move(grants)),
        clock_(clock),
        audiences_{public_origin, public_origin + "/oauth/token"} {}

  http::ServerResponse answer(const http::ServerRequest& request);

 private:
  using Answer = Result<oid4vci::TokenResponse>;
  struct WalletRequest {
    WalletClient client;
    oid4vci::VerifiedDpop proof;
  };
  static Result<oid4vci::TokenRequest> read(const http::ServerRequest& request);
  Answer grant(const http::ServerRequest& request, const oid4vci::TokenRequest& wanted);
  Result<WalletRequest> read_wallet(const http::ServerRequest& request, const std::optional<std::string>& client_id,
                                    ClientAuthenticator::Demand demand);
  Answer redeem(const http::ServerRequest& request, const oid4vci::PreAuthorizedCodeRequest& wanted);
  template <class Request>
  Answer redeem_authorized(const http::ServerRequest& request, const Request& wanted,
                           ClientAuthenticator::Demand demand);
  Answer authenticate(const http::ServerRequest& request, const oid4vci::ClientCredentialsRequest& wanted);
  Result<Client> find_client(std::string_view client_id);
  database::Database& database_;
  TokenService& tokens_;
  Grants grants_;
  const Clock& clock_;
  std::vector<std::string> audiences_;
};

void add_token_route(http::Router& router, TokenEndpoint& endpoint);

}  // namespace mibun::server
