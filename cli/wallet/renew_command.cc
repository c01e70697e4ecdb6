#include "cli/wallet/commands.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "cli/wallet/session.h"
#include "wallet/issuance.h"
#include "wallet/renewal.h"

// renew: new copies of cards before the old ones are used up.
namespace mibun::cli {
namespace {

Status renew_card(const Terminal& terminal, Session& session, const wallet::Card& card) {
  wallet::WalletProvider provider(session.host(), session.api(), session.profile());
  MIBUN_TRY(const auto renewed, wallet::renew(session.host(), provider, card));
  terminal.line(terminal.good(terminal.say({"✓ Card renewed.", "✓ カードを更新しました。"})));
  draw_card(terminal, renewed.card, session.host().clock.now());
  essential(terminal, "card", renewed.card.id);
  essential(terminal, "copies", std::to_string(renewed.card.copies));
  return {};
}

// The cards to renew: the one that was named, or all that want it and can be.
Result<std::vector<wallet::Card>> chosen_cards(Session& session, const WalletOptions& options) {
  const wallet::Host& host = session.host();
  MIBUN_TRY(const auto listed, wallet::CardStore(host.store, host.keys).list());
  std::vector<wallet::Card> chosen;
  for (const wallet::Card& card : listed) {
    if (!options.card.empty()) {
      if (card.id == options.card) chosen.push_back(card);
      continue;
    }
    MIBUN_TRY(const auto renewal, wallet::find_renewal(host.store, card.id));
    if (renewal && wallet::wants_renewal(card, host.clock.now())) chosen.push_back(card);
  }
  if (chosen.empty() && !options.card.empty()) return fail(ErrorCode::not_found, "card", options.card);
  return chosen;
}

Status do_renew(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto cards, chosen_cards(*session, options));
  if (cards.empty()) {
    terminal.line(
        Text{"No card needs new copies, or the ones that do must be received again: mibun wallet receive",
             "更新が必要なカードはありません。更新できないカードは mibun wallet receive で受け取り直せます。"});
  }
  // One that fails does not keep the others from theirs.
  Status outcome;
  for (const wallet::Card& card : cards) {
    const Status renewed = renew_card(terminal, *session, card);
    if (outcome && !renewed) outcome = renewed;
  }
  return outcome;
}

}  // namespace

int run_renew(const Terminal& terminal, const WalletOptions& options) {
  const Status done = do_renew(terminal, options);
  return done ? kExitOk : report_error(terminal, done.error());
}

}  // namespace mibun::cli
