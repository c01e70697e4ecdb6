#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/base/time.h"

namespace mibun::server::backup {

// What the last look at a generation found.
enum class Verdict { unverified, good, bad };

struct Generation {
  std::int64_t number = 0;
  Instant made_at;
  Verdict verdict = Verdict::unverified;
};

struct ExpiryPolicy {
  std::int64_t days = 7;
  // How long expiry waits for verified generations that are missing, and no longer: the promise that older ones are
  // erased stands above the wish to have seven.
  std::chrono::hours suspension_max{72};
};

struct ExpiryPlan {
  std::vector<std::int64_t> remove;  // generations, the oldest first
  std::int64_t good_days = 0;        // days of Japan with a good generation, of those that stay
  bool suspended = false;            // something older than `days` stays, because there are fewer good ones than that
  bool too_few = false;              // fewer good days than there could be
};

// One good generation stays for each of the last `days` days of Japan; a day's earlier ones go when a later one is
// good. Nothing goes because of its age alone as long as fewer than `days` good days would be left, for at most
// `suspension_max`. The newest good generation always stays. `first_day`: when backups began.
ExpiryPlan plan_expiry(std::vector<Generation> generations, Instant first_day, const ExpiryPolicy& policy, Instant now);

// Days since 1970 in Japan.
std::int64_t jst_day(Instant instant);

}  // namespace mibun::server::backup
