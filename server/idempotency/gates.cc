#include "server/idempotency/gates.h"

namespace mibun::server {

Result<Account> IdempotentAssertionGate::require(const http::ServerRequest& request) {
  MIBUN_TRY(Account account, gate_.require(request));
  MIBUN_CHECK(idempotency_.caller_is("account:" + account.id.value, account.id));
  return account;
}

Result<Grant> IdempotentTokens::require(const http::ServerRequest& request, std::string_view scope) {
  MIBUN_TRY(Grant grant, tokens_.require(request, scope));
  // A wallet's token stands for an account; its routes are the protocols' and keep no answers.
  if (scope != kScopeCredential) MIBUN_CHECK(idempotency_.caller_is("client:" + grant.subject, std::nullopt));
  return grant;
}

}  // namespace mibun::server
