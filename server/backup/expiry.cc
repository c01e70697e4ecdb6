#include "server/backup/expiry.h"

#include <algorithm>
#include <set>

namespace mibun::server::backup {
namespace {

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr std::int64_t kJapanMs = 9LL * 60 * 60 * 1000;

}  // namespace

std::int64_t jst_day(Instant instant) {
  const std::int64_t ms = instant.unix_milliseconds() + kJapanMs;
  return ms >= 0 ? ms / kDayMs : (ms - kDayMs + 1) / kDayMs;
}

ExpiryPlan plan_expiry(std::vector<Generation> generations, Instant first_day, const ExpiryPolicy& policy,
                       Instant now) {
  std::ranges::sort(generations, [](const Generation& a, const Generation& b) { return a.number > b.number; });
  ExpiryPlan plan;
  std::set<std::int64_t> good_days;  // of the generations seen so far, which are the newer ones
  for (const Generation& one : generations) {
    const std::int64_t day = jst_day(one.made_at);
    const std::int64_t newer =
        static_cast<std::int64_t>(std::ranges::count_if(good_days, [&](std::int64_t other) { return other > day; }));
    const bool is_newest_good = one.verdict == Verdict::good && good_days.empty();
    const bool superseded = good_days.contains(day);
    const bool aged = jst_day(now) - day >= policy.days;
    const bool capped = now - one.made_at > std::chrono::hours(24) * policy.days + policy.suspension_max;
    if (!is_newest_good && (superseded || newer >= policy.days || capped)) {
      plan.remove.insert(plan.remove.begin(), one.number);
      continue;
    }
    plan.suspended |= aged;
    if (one.verdict == Verdict::good) good_days.insert(day);
  }
  plan.good_days = static_cast<std::int64_t>(good_days.size());
  plan.too_few = plan.good_days < std::min(policy.days, jst_day(now) - jst_day(first_day) + 1);
  return plan;
}

}  // namespace mibun::server::backup
