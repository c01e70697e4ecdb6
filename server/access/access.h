#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/oid4vci/authorization_details.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/token.h"
#include "platform/database/database.h"
#include "platform/http/server.h"
#include "server/access/card_access.h"
#include "server/access/client_authenticator.h"
#include "server/single_use/single_use.h"

namespace mibun::server {

enum class ClientKind { partner, staff };

// A program that signs in with private_key_jwt (RFC 7523): a partner's backend, a reviewer's terminal.
struct Client {
  std::string client_id;
  ClientKind kind;
  crypto::P256PublicKey key;
};

// Where clients are looked up. The partners' and the staff's rooms each provide one.
class ClientDirectory {
 public:
  virtual ~ClientDirectory() = default;
  virtual Result<std::optional<Client>> find_client(std::string_view client_id) = 0;
};

inline constexpr std::string_view kScopePartner = "partner";
inline constexpr std::string_view kScopeStaff = "staff";
inline constexpr std::string_view kScopeCredential = "credential";

// What an access token stands for.
struct Grant {
  std::string subject;        // client_id, or the account for kScopeCredential
  std::string scope;          // one of the scopes above
  std::string context;        // kScopeCredential: the offer's id, or empty: the newest case of the account; else empty
  std::string jkt;            // thumbprint of the DPoP key it is bound to
  std::string token_id = {};  // of AccessTokens::require: names the token without being it

  // kScopeCredential only:
  std::string client_id;                              // of the wallet; empty: anonymous
  std::string authorization_id;                       // it ends with this authorization
  std::vector<std::string> configuration_ids;         // cards that may be asked for by configuration
  std::vector<oid4vci::AuthorizationDetail> details;  // cards that may be asked for by credential identifier only
};

// Redeems a pre-authorized code: the issuance room's part of the token endpoint.
class PreAuthorizedCodes {
 public:
  virtual ~PreAuthorizedCodes() = default;
  struct Redeemed {
    std::string account, offer_id;
    std::vector<std::string> configuration_ids;  // what was offered
  };
  // A refusal is a value, so that the try it counted is committed with the transaction (threat I7):
  // oauth_invalid_grant (unknown, used, expired, wrong tx_code, locked), oauth_invalid_request (tx_code missing).
  struct Redemption {
    std::optional<Redeemed> redeemed;
    std::optional<Error> refusal;
  };
  virtual Result<Redemption> redeem(database::Transaction& transaction, std::string_view code,
                                    const std::optional<std::string>& tx_code) = 0;
  // Asks the key holder what redeem() will ask, for keyd::AskedAhead.
  virtual void ask_ahead(std::string_view code, const std::optional<std::string>& tx_code) = 0;
};

// Redeems authorization codes and refresh tokens: the authorization room's part of the token endpoint.
class AuthorizedGrants {
 public:
  virtual ~AuthorizedGrants() = default;
  struct Authorized {
    std::string account;
    std::string offer_id;  // the cards are of this offer's case; empty: of the newest
    std::string authorization_id;
    std::vector<std::string> scopes;  // granted, for the answer
    CardAccess access;
    std::string refresh_token;  // the next one
  };
  // A refusal is a value, so that the revocation which a second use brings is committed with the transaction.
  struct Redemption {
    std::optional<Authorized> authorized;
    std::optional<Error> refusal;
  };
  // What a pre-authorized code gave, so that it can be renewed.
  struct PreAuthorized {
    std::string account, offer_id;
    CardAccess access;
  };
  struct Begun {
    std::string authorization_id, refresh_token;
  };
  // Its first refresh token, for this client and this key.
  virtual Result<Begun> begin(database::Transaction& transaction, const PreAuthorized& given,
                              const WalletClient& client, const oid4vci::VerifiedDpop& proof) = 0;
  // Errors and refusals: oauth_invalid_grant, oauth_invalid_scope, oauth_invalid_authorization_details.
  virtual Result<Redemption> redeem_code(database::Transaction& transaction,
                                         const oid4vci::AuthorizationCodeRequest& request, const WalletClient& client,
                                         const oid4vci::VerifiedDpop& proof) = 0;
  virtual Result<Redemption> refresh(database::Transaction& transaction, const oid4vci::RefreshTokenRequest& request,
                                     const WalletClient& client, const oid4vci::VerifiedDpop& proof) = 0;
};

// Takes access tokens back before they expire.
class AccessTokenRevoker {
 public:
  virtual ~AccessTokenRevoker() = default;
  virtual Status revoke_authorization(database::Transaction& transaction, std::string_view authorization_id) = 0;
};

// The proofs of a request to the authorization server's own endpoints.
class ServerProofs {
 public:
  virtual ~ServerProofs() = default;
  // Partners and staff sign a fresh assertion beside the proof; a wallet shows its freshness by our nonce.
  enum class Nonce { not_needed, needed };
  // Not yet used up. Errors: dpop_invalid_proof, dpop_use_nonce.
  virtual Result<oid4vci::VerifiedDpop> verify(const http::ServerRequest& request, Nonce nonce) = 0;
  // In the transaction of the effect. Errors: dpop_replayed.
  virtual Status use(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof) = 0;
  // For the DPoP-Nonce header of every answer to a wallet.
  virtual Result<std::string> nonce() = 0;
};

// DPoP-bound access tokens (RFC 9449) at the resource side.
class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  // Checks "Authorization: DPoP <token>", the DPoP proof for this request (htm, htu from the public origin, ath, iat,
  // jti once, key = jkt; of a wallet also our nonce) and the scope. Errors: oauth_token_missing, oauth_invalid_token,
  // oauth_insufficient_scope, dpop_invalid_proof, dpop_use_nonce, dpop_replayed, dpop_wrong_key.
  virtual Result<Grant> require(const http::ServerRequest& request, std::string_view scope) = 0;
  // For the DPoP-Nonce header of every answer to a wallet.
  virtual Result<std::string> nonce() = 0;
};

}  // namespace mibun::server
