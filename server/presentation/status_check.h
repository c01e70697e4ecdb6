#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/base/time.h"
#include "core/status_list/status_cache.h"
#include "core/status_list/status_reference.h"
#include "core/status_list/status_token.h"
#include "server/issuance/offers.h"
#include "server/trust/card_issuers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Whether a presented credential is still valid. Of our own lists the token is asked for each time, so a revocation
// counts at once; verifying and inflating it again is saved while it is the same token. Those of another issuer are
// fetched from where its credentials say, after these were verified; they must be signed below the anchors that this
// issuer is believed by, so that nobody's list speaks for the cards of another.
class StatusCheck {
 public:
  struct OtherLists {
    const CardIssuers& issuers;
    status_list::StatusFetcher fetch;
  };
  StatusCheck(StatusListTokens& tokens, const Trust& trust, OtherLists others, const Clock& clock);

  // `issuer`: the row of the issuers that the credential was verified by. Errors: status_revoked, status_suspended,
  // status_unknown_value, status_list_*, those of StatusCache::check (all mean: not accepted).
  Status check(const status_list::StatusReference& reference, const crypto::TrustedIssuer& issuer);

 private:
  struct Kept {
    std::string token;
    std::shared_ptr<const status_list::VerifiedStatusList> list;
  };
  Result<std::shared_ptr<const status_list::VerifiedStatusList>> list_for(const std::string& uri);
  StatusListTokens& tokens_;
  const Trust& trust_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  // one entry per list of ours: bounded by their number
  std::map<const crypto::TrustedIssuer*, status_list::StatusCache> others_;
};

}  // namespace mibun::server
