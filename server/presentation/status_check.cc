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

Status StatusCheck::check(const status_list::StatusReference& reference) {
  MIBUN_TRY(const auto list, list_for(reference.uri));
  return list->check(reference);
}

}  // namespace mibun::server
