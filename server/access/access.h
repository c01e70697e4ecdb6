#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "platform/database/database.h"
#include "platform/http/server.h"

namespace mibun::server {

// Rule R3: a nonce, code, jti or consent is used once, in the transaction of its effect.
// Inserts (kind, SHA-256 of value); `replayed` is the code when it is there already. Rows go after `expires`.
Status use_once(database::Transaction& transaction, std::string_view kind, BytesView value, Instant expires,
                ErrorCode replayed);

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
  std::string subject;  // client_id, or the account for kScopeCredential
  std::string scope;    // one of the scopes above
  std::string context;  // kScopeCredential: the offer's id; else empty
  std::string jkt;      // thumbprint of the DPoP key it is bound to
};

// Redeems a pre-authorized code: the issuance room's part of the token endpoint.
class PreAuthorizedCodes {
 public:
  virtual ~PreAuthorizedCodes() = default;
  struct Redeemed {
    std::string account, offer_id;
  };
  // A refusal is a value, so that the try it counted is committed with the transaction (threat I7):
  // oauth_invalid_grant (unknown, used, expired, wrong tx_code, locked), oauth_invalid_request (tx_code missing).
  struct Redemption {
    std::optional<Redeemed> redeemed;
    std::optional<Error> refusal;
  };
  virtual Result<Redemption> redeem(database::Transaction& transaction, std::string_view code,
                                    const std::optional<std::string>& tx_code) = 0;
};

// DPoP-bound access tokens (RFC 9449) at the resource side.
class AccessTokens {
 public:
  virtual ~AccessTokens() = default;
  // Checks "Authorization: DPoP <token>", the DPoP proof for this request (htm, htu from the public origin, ath, iat,
  // jti once, key = jkt) and the scope. Errors: oauth_token_missing, oauth_invalid_token, oauth_insufficient_scope,
  // dpop_invalid_proof, dpop_replayed, dpop_wrong_key.
  virtual Result<Grant> require(const http::ServerRequest& request, std::string_view scope) = 0;
};

}  // namespace mibun::server
