#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/base/time.h"
#include "core/status_list/status_reference.h"
#include "core/status_list/status_token.h"
#include "server/issuance/offers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Whether a presented credential is still valid. The lists are this server's own: the token is asked for each time, so
// a revocation counts at once; verifying and inflating it again is saved while it is the same token.
class StatusCheck {
 public:
  StatusCheck(StatusListTokens& tokens, const Trust& trust, const Clock& clock)
      : tokens_(tokens), trust_(trust), clock_(clock) {}

  // Errors: status_revoked, status_suspended, status_unknown_value, status_list_* (all mean: not accepted).
  Status check(const status_list::StatusReference& reference);

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
};

}  // namespace mibun::server
