#include "wallet/renewal_plan.h"

#include <algorithm>
#include <array>

namespace mibun::wallet {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A day after each from the last one on.
constexpr std::array<milliseconds, 6> kWaits = {minutes(1), minutes(5), minutes(30), hours(2), hours(8), hours(24)};
constexpr unsigned kTriesMax = 10;

void note_next(std::optional<Instant>& next, Instant at) {
  if (!next || at < *next) next = at;
}

}  // namespace

std::optional<milliseconds> wait_after(unsigned failures) {
  if (failures == 0) return milliseconds(0);
  if (failures > kTriesMax) return std::nullopt;
  return kWaits[std::min<std::size_t>(failures, kWaits.size()) - 1];
}

Result<RenewalPlan> plan_renewals(const Host& host) {
  MIBUN_TRY(const auto cards, CardStore(host.store, host.keys).list());
  const Instant now = host.clock.now();
  RenewalPlan plan;
  for (const Card& card : cards) {
    if (card.is_stopped()) continue;  // its issuer took it back: whoever wants it again asks for it
    MIBUN_TRY(const auto grant, GrantStore(host).find(card.id));
    if (!grant || !grant->refresh_token) continue;
    const auto due_from_then = due_from(card);
    if (!is_due(card, now)) {
      if (due_from_then) note_next(plan.next, std::max(*due_from_then, grant->renew_again_at));
      continue;
    }
    const DueRenewal due{.card = card,
                         .asks_person = !grant->anonymous,
                         .at = std::max(now, grant->renew_again_at),
                         .failures = grant->renewals_failed,
                         .failure = grant->renewal_failure,
                         .by_hand = !wait_after(grant->renewals_failed)};
    if (!due.by_hand) note_next(plan.next, due.at);
    plan.due.push_back(due);
  }
  return plan;
}

Result<std::vector<Renewal>> renew_on_time(const Host& host, WalletProvider& provider, const TellRenewal& tell) {
  MIBUN_TRY(RenewalPlan plan, plan_renewals(host));
  const Instant now = host.clock.now();
  std::erase_if(plan.due, [now](const DueRenewal& due) { return due.by_hand || due.at > now; });
  std::vector<Renewal> renewals;
  for (const DueRenewal& due : plan.due) {
    tell(due.card, renewals.size() + 1, plan.due.size());
    const auto renewed = renew(host, provider, due.card.id);
    renewals.push_back(renewed ? Renewal{*renewed, {}} : Renewal{due.card, renewed.error()});
  }
  return renewals;
}

}  // namespace mibun::wallet
