#include <algorithm>

#include "cli/wallet/commands.h"
#include "cli/wallet/receive_screens.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "cli/wallet/session.h"
#include "wallet/renewal.h"

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

Status do_renew(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  if (!options.card.empty()) return renew_one(terminal, *session, options.card);
  const Status outcome = renew_what_is_due(terminal, *session);
  MIBUN_TRY(const auto listed, wallet::CardStore(session->vault(), session->vault()).list());
  for (const wallet::Card& card : listed) {
    draw_card(terminal, card, session->host().clock.now());
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
