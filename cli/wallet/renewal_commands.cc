#include <algorithm>
#include <thread>

#include "cli/wallet/commands.h"
#include "cli/wallet/receive_screens.h"
#include "cli/wallet/renewal_watch.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "cli/wallet/session.h"
#include "wallet/card_status.h"
#include "wallet/renewal_plan.h"

// fetch, renew, remove: what happens to a card after it was asked for.
namespace mibun::cli {
namespace {

Status do_fetch(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  const Status outcome = fetch_what_waits(terminal, *session);
  MIBUN_TRY(const auto waiting, wallet::GrantStore(session->host()).pending());
  if (waiting.empty()) terminal.line(Text{"No card is on its way.", "発行待ちのカードはありません。"});
  essential(terminal, "still waiting", std::to_string(waiting.size()));
  return outcome;
}

Status renew_one(const Terminal& terminal, Session& session, const std::string& id) {
  wallet::WalletProvider provider(session.host(), session.api(), session.profile());
  MIBUN_TRY(const wallet::Card renewed, wallet::renew(session.host(), provider, id));
  terminal.line(terminal.good(terminal.say({"✓ Card renewed.", "✓ カードを更新しました。"})));
  draw_card(terminal, renewed, session.host().clock.now());
  essential(terminal, "card", renewed.id);
  essential(terminal, "copies", std::to_string(renewed.copies));
  return {};
}

// Whatever it answers, it was reached. Needs nothing that is sealed.
bool is_reachable(const Terminal& terminal, const WalletOptions& options) {
  const auto registered = load_registered(options.home);
  if (!registered) return false;
  auto http = WalletHttp::open(*registered, options.allowed_origins, terminal);
  return http && http->send({.method = "GET", .url = registered->server + "/readyz"}).has_value();
}

// In short sleeps: a machine that was suspended finds that the hour has come.
void sleep_until(const Clock& clock, Instant then) {
  constexpr milliseconds kNap = std::chrono::seconds(30);
  for (Instant now = clock.now(); now < then; now = clock.now())
    std::this_thread::sleep_for(std::min(then - now, kNap));
}

Status do_watch(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_CHECK(load_registered(options.home));
  const SystemClock clock;
  const auto round = [&]() -> Result<std::optional<Instant>> {
    MIBUN_TRY(const auto session, Session::open(options, terminal));
    (void)renew_on_time(terminal, *session);  // what failed was said, and waits
    MIBUN_TRY(const auto plan, wallet::plan_renewals(session->host()));
    return plan.next;
  };
  return watch_renewals(terminal, {.is_online = [&] { return is_reachable(terminal, options); },
                                   .round = round,
                                   .wait_until = [&](Instant then) { sleep_until(clock, then); },
                                   .clock = clock});
}

Status do_renew(const Terminal& terminal, const WalletOptions& options) {
  if (options.watch) return do_watch(terminal, options);
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  if (!options.card.empty()) return renew_one(terminal, *session, options.card);
  const Status outcome = renew_what_is_due(terminal, *session);
  (void)wallet::check_card_status(session->host());  // what is known stands with its date
  MIBUN_TRY(const auto listed, wallet::CardStore(session->vault(), session->vault()).list());
  for (const wallet::Card& card : listed) {
    draw_card(terminal, card, session->host().clock.now());
    draw_stopped(terminal, card);
    essential(terminal, "card", card.id);
  }
  if (listed.empty()) terminal.line(Text{"There is no card to renew.", "更新するカードはありません。"});
  return outcome;
}

// The card, or the one that waits, as it is about to go. Errors: not_found.
Status draw_before_removal(const Terminal& terminal, const Session& session, const std::string& id) {
  const wallet::Host& host = session.host();
  MIBUN_TRY(const auto waiting, wallet::GrantStore(host).pending());
  if (const auto found = std::ranges::find(waiting, id, &wallet::PendingCard::id); found != waiting.end()) {
    draw_pending(terminal, *found);
    return {};
  }
  MIBUN_TRY(const auto listed, wallet::CardStore(host.store, host.keys).list());
  const auto found = std::ranges::find(listed, id, &wallet::Card::id);
  if (found == listed.end()) return fail(ErrorCode::not_found, "card", id);
  draw_card(terminal, *found, host.clock.now());
  return {};
}

Status do_remove(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_CHECK(draw_before_removal(terminal, *session, options.card));
  terminal.line(Text{"It and its keys are destroyed, and its issuer is told. To have it again you need a new offer.",
                     "カードと鍵を破棄し、発行者に知らせます。もう一度使うには新しい受け取り案内が必要です。"});
  if (!terminal.ask_yes({"Remove it? [y/N]", "削除しますか? [y/N]"})) {
    return fail(ErrorCode::wallet_holder_refused, "remove");
  }
  wallet::WalletProvider provider(session->host(), session->api(), session->profile());
  MIBUN_CHECK(wallet::remove_card(session->host(), provider, options.card));
  terminal.line(terminal.good(terminal.say({"✓ Removed.", "✓ 削除しました。"})));
  essential(terminal, "removed", options.card);
  return {};
}

int exit_code_of(const Terminal& terminal, const Status& status) {
  return status ? kExitOk : report_error(terminal, status.error());
}

}  // namespace

int run_fetch(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_fetch(terminal, options));
}

int run_renew(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_renew(terminal, options));
}

int run_remove(const Terminal& terminal, const WalletOptions& options) {
  return exit_code_of(terminal, do_remove(terminal, options));
}

}  // namespace mibun::cli
