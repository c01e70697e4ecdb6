#pragma once

#include "server/access/access.h"
#include "server/idempotency/service.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// The gates in front of the rooms: what they let in, Idempotency hears of, and a caller whose request was answered
// before gets no further.
class IdempotentAssertionGate final : public AssertionGate {
 public:
  IdempotentAssertionGate(AssertionGate& gate, Idempotency& idempotency) : gate_(gate), idempotency_(idempotency) {}
  Result<Account> require(const http::ServerRequest& request) override;

 private:
  AssertionGate& gate_;
  Idempotency& idempotency_;
};

class IdempotentTokens final : public AccessTokens {
 public:
  IdempotentTokens(AccessTokens& tokens, Idempotency& idempotency) : tokens_(tokens), idempotency_(idempotency) {}
  Result<Grant> require(const http::ServerRequest& request, std::string_view scope) override;
  Result<std::string> nonce() override { return tokens_.nonce(); }

 private:
  AccessTokens& tokens_;
  Idempotency& idempotency_;
};

}  // namespace mibun::server
