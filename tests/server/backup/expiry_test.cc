#include "server/backup/expiry.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "server/backup/scheduler.h"
#include "tests/support/test_pki.h"

namespace mibun::server::backup {
namespace {

constexpr auto kDay = std::chrono::hours(24);

Generation of_day(std::int64_t number, int day, Verdict verdict = Verdict::good) {
  return {number, kTestNow + kDay * day, verdict};
}

// One for each of the days 0 to `days` - 1, numbered from 1, looked at on the last of them.
std::vector<Generation> daily(int days) {
  std::vector<Generation> all;
  for (int day = 0; day < days; ++day) all.push_back(of_day(day + 1, day));
  return all;
}

ExpiryPlan plan(const std::vector<Generation>& generations, int today) {
  return plan_expiry(generations, kTestNow, {}, kTestNow + kDay * today);
}

}  // namespace

TEST_CASE("seven days stay and the eighth goes") {
  for (int days = 1; days <= 30; ++days) {
    CAPTURE(days);
    const ExpiryPlan made = plan(daily(days), days - 1);
    CHECK(made.good_days == std::min(days, 7));
    CHECK(made.remove.size() == static_cast<std::size_t>(std::max(0, days - 7)));
    if (!made.remove.empty()) {
      CHECK(made.remove.front() == 1);
      CHECK(made.remove.back() == days - 7);
    }
    CHECK(!made.suspended);
    CHECK(!made.too_few);
  }
}

TEST_CASE("a generation that is not good takes nobody's place: the older one stays, and it is said") {
  for (const Verdict verdict : {Verdict::bad, Verdict::unverified}) {
    auto generations = daily(8);
    generations[4].verdict = verdict;
    const ExpiryPlan made = plan(generations, 7);
    CHECK(made.remove.empty());
    CHECK(made.suspended);
    CHECK(!made.too_few);  // seven good days are there
    CHECK(made.good_days == 7);
    generations[5].verdict = verdict;
    CHECK(plan(generations, 7).too_few);
    CHECK(plan(generations, 7).remove.empty());
  }
}

TEST_CASE("days without a backup suspend expiry for 72 hours and no longer, and the newest good one always stays") {
  const auto generations = daily(7);  // the last on day 6
  CHECK(plan(generations, 9).remove.empty());
  CHECK(plan(generations, 9).suspended);
  CHECK(plan(generations, 9).too_few == false);  // seven good days are still there
  CHECK(plan(generations, 10).remove.empty());   // the first is exactly seven days and 72 hours old
  CHECK(plan(generations, 11).remove == std::vector<std::int64_t>{1});
  CHECK(plan(generations, 11).too_few);
  CHECK(plan(generations, 16).remove == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
  CHECK(plan(generations, 100).remove == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a day keeps its latest good generation") {
  auto generations = daily(3);
  generations.push_back({4, generations[2].made_at + std::chrono::hours(1), Verdict::good});
  CHECK(plan(generations, 2).remove == std::vector<std::int64_t>{3});
  generations.back().verdict = Verdict::bad;
  CHECK(plan(generations, 2).remove.empty());
}

TEST_CASE("days are Japan's") {
  const Instant before = Instant::from_unix_seconds(1'764'428'399);  // 2025-11-29T23:59:59+09:00
  CHECK(to_jst_string(before) == "2025-11-29T23:59:59+09:00");
  CHECK(jst_day(before + std::chrono::seconds(1)) == jst_day(before) + 1);
  CHECK(jst_day(Instant::from_unix_seconds(-9 * 3600 - 1)) == -1);
  CHECK(to_jst_string(last_due(before, 3)) == "2025-11-29T03:00:00+09:00");
  CHECK(to_jst_string(last_due(before + std::chrono::hours(3), 3)) == "2025-11-29T03:00:00+09:00");
  CHECK(to_jst_string(last_due(before + std::chrono::hours(3) + std::chrono::seconds(1), 3)) ==
        "2025-11-30T03:00:00+09:00");
}

}  // namespace mibun::server::backup
