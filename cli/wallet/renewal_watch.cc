#include "cli/wallet/renewal_watch.h"

#include <algorithm>

#include "cli/wallet/report.h"
#include "wallet/renewal_plan.h"

namespace mibun::cli {
namespace {

// Somebody's notebook comes back to its network within the hour.
constexpr milliseconds kOfflineWaitMax = std::chrono::minutes(30);

milliseconds offline_wait(unsigned times) {
  return std::min(wallet::wait_after(times).value_or(kOfflineWaitMax), kOfflineWaitMax);
}

}  // namespace

Status watch_renewals(const Terminal& terminal, const RenewalRounds& rounds) {
  for (unsigned offline = 0;;) {
    if (!rounds.is_online()) {
      const Instant again = rounds.clock.now() + offline_wait(++offline);
      terminal.line(Text{"No connection to your server. Your cards stay as they are.",
                         "サーバーにつながりません。カードはそのままです。"});
      essential(terminal, "tries again", to_jst_string(again));
      rounds.wait_until(again);
      continue;
    }
    offline = 0;
    MIBUN_TRY(const auto next, rounds.round());
    if (!next) {
      terminal.line(Text{"There is no card that renews by itself.", "自動で更新するカードはありません。"});
      return {};
    }
    essential(terminal, "next renewal", to_jst_string(*next));
    rounds.wait_until(*next);
  }
}

}  // namespace mibun::cli
