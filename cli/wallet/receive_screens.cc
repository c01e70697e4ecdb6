#include "cli/wallet/receive_screens.h"

#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "wallet/renewal_plan.h"

namespace mibun::cli {
namespace {

void report_failure(const Terminal& terminal, const Text& what, std::string_view name, const Error& error) {
  terminal.error_line(std::string(terminal.say(what)) + printable(name));
  static_cast<void>(report_error(terminal, error));
}

void note(Status& first, const Error& error) {
  if (first) first = std::unexpected(error);
}

const std::string& name_of(const Terminal& terminal, const wallet::Card& card) {
  return terminal.language() == Language::japanese ? card.name_ja : card.name_en;
}

Status report_renewals(const Terminal& terminal, const std::vector<wallet::Renewal>& renewals) {
  Status outcome;
  for (const wallet::Renewal& renewal : renewals) {
    const std::string& name = name_of(terminal, renewal.card);
    if (!renewal.error) {
      terminal.line(terminal.good(terminal.say({"✓ Renewed: ", "✓ 更新しました: "})) + printable(name));
      continue;
    }
    report_failure(terminal, {"Not renewed: ", "更新できませんでした: "}, name, *renewal.error);
    note(outcome, *renewal.error);
  }
  return outcome;
}

}  // namespace

void draw_pending(const Terminal& terminal, const wallet::PendingCard& pending) {
  const bool japanese = terminal.language() == Language::japanese;
  terminal.line(terminal.bold(printable(japanese ? pending.name_ja : pending.name_en)) + "  " +
                terminal.dim(printable(japanese ? pending.issuer_name_ja : pending.issuer_name_en)) + "  " +
                std::string(terminal.say({"on its way", "発行待ち"})));
  terminal.line(Text{"The issuer needs time. Your request is kept here; the card is fetched with: mibun wallet fetch",
                     "発行者の処理に時間がかかっています。申し込みはこのウォレットに保存されています。あとで "
                     "mibun wallet fetch で受け取れます。"});
  essential(terminal, "waiting", pending.id);
  essential(terminal, "ask again", to_jst_string(pending.ask_again_at));
}

void draw_outcome(const Terminal& terminal, const wallet::ReceiveOutcome& outcome, Instant now) {
  if (const auto* pending = std::get_if<wallet::PendingCard>(&outcome)) return draw_pending(terminal, *pending);
  const auto& received = std::get<wallet::ReceivedCard>(outcome);
  terminal.line(terminal.good(terminal.say({"✓ Card added.", "✓ カードを追加しました。"})));
  draw_card(terminal, received.card, now);
  draw_claims(terminal, received.claims);
  essential(terminal, "card", received.card.id);
  essential(terminal, "copies", std::to_string(received.card.copies));
}

Status fetch_what_waits(const Terminal& terminal, Session& session) {
  const wallet::Host& host = session.host();
  wallet::WalletProvider provider(host, session.api(), session.profile());
  MIBUN_TRY(const auto waiting, wallet::GrantStore(host).pending());
  const bool japanese = terminal.language() == Language::japanese;
  Status outcome;
  for (const wallet::PendingCard& pending : waiting) {
    const auto fetched = wallet::fetch_pending(host, provider, pending.id);
    if (fetched) {
      draw_outcome(terminal, *fetched, host.clock.now());
      continue;
    }
    report_failure(terminal, {"Not received: ", "受け取れませんでした: "}, japanese ? pending.name_ja : pending.name_en,
                   fetched.error());
    note(outcome, fetched.error());
  }
  return outcome;
}

Status renew_what_is_due(const Terminal& terminal, Session& session) {
  wallet::WalletProvider provider(session.host(), session.api(), session.profile());
  MIBUN_TRY(const auto renewals, wallet::renew_due(session.host(), provider));
  return report_renewals(terminal, renewals);
}

Status renew_on_time(const Terminal& terminal, Session& session) {
  wallet::WalletProvider provider(session.host(), session.api(), session.profile());
  const auto tell = [&](const wallet::Card& card, std::size_t which, std::size_t of) {
    terminal.line(std::string(terminal.say({"Renewing ", "更新しています: "})) + printable(name_of(terminal, card)) +
                  " (" + std::to_string(which) + "/" + std::to_string(of) + ")");
  };
  MIBUN_TRY(const auto renewals, wallet::renew_on_time(session.host(), provider, tell));
  return report_renewals(terminal, renewals);
}

}  // namespace mibun::cli
