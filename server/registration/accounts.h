#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "platform/database/database.h"
#include "platform/http/server.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// An account that proved itself in this request.
struct Account {
  keyd::PersonId id;                 // opaque: 128 random bits, base64url
  crypto::P256PublicKey device_key;  // the account's only key
  std::string key_thumbprint;        // RFC 7638, base64url: what evidence is bound to
};

// The door to everything that belongs to a person: a fresh WebAuthn assertion with user verification, over a challenge
// of ours that was made for this method, this target and this body, used once, at most 60 s old (promise WP-07e).
class AssertionGate {
 public:
  virtual ~AssertionGate() = default;
  // Errors: assertion_missing, assertion_invalid, assertion_replayed, assertion_expired. A closed account
  // gives assertion_invalid, as an unknown one does.
  virtual Result<Account> require(const http::ServerRequest& request) = 0;
};

// Whether an account may still be acted for, where its person is not there: a code or a refresh token is redeemed.
class AccountStates {
 public:
  virtual ~AccountStates() = default;
  // Errors: account_closed (revoked, erased or unknown).
  virtual Status require_active(database::Transaction& transaction, const keyd::PersonId& person) = 0;
};

}  // namespace mibun::server
