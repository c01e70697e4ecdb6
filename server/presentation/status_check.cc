#include "server/presentation/status_check.h"

namespace mibun::server {

Result<std::shared_ptr<const status_list::VerifiedStatusList>> StatusCheck::list_for(const std::string& uri) {
  MIBUN_TRY(std::string token, tokens_.token_for(uri));
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = kept_.find(uri); found != kept_.end() && found->second.token == token) {
      return found->second.list;
    }
  }
  const status_list::StatusTokenPolicy policy{.expected_uri = uri, .issuers = trust_.credential_issuer_anchors()};
  MIBUN_TRY(auto verified, status_list::VerifiedStatusList::verify(token, policy, clock_.now()));
  auto list = std::make_shared<const status_list::VerifiedStatusList>(std::move(verified));
  const std::scoped_lock lock(mutex_);
  kept_[uri] = {std::move(token), list};
  return list;
}

StatusCheck::StatusCheck(StatusListTokens& tokens, const Trust& trust, OtherLists others, const Clock& clock)
    : tokens_(tokens), trust_(trust), clock_(clock) {
  for (const crypto::TrustedIssuers* list : {&others.issuers.sd_jwt, &others.issuers.mdoc}) {
    for (const crypto::TrustedIssuer& issuer : list->issuers()) {
      if (!others.issuers.is_own(issuer)) others_.try_emplace(&issuer, issuer.anchors, others.fetch);
    }
  }
}

Status StatusCheck::check(const status_list::StatusReference& reference, const crypto::TrustedIssuer& issuer) {
  if (const auto found = others_.find(&issuer); found != others_.end()) {
    return found->second.check(reference, clock_.now());
  }
  MIBUN_TRY(const auto list, list_for(reference.uri));
  return list->check(reference);
}

}  // namespace mibun::server
