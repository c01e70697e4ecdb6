#include "cli/wallet/commands.h"
#include "cli/wallet/nearby_screens.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "cli/wallet/session.h"
#include "platform/transport/socket.h"
#include "wallet/proximity.h"

// proximity: a card is shown to a reader that is here.
namespace mibun::cli {
namespace {

wallet::Decision ask_to_share(const Terminal& terminal, const wallet::NearbyQuestion& question) {
  draw_nearby_question(terminal, question);
  if (!question.can_share()) return wallet::Decision::refuse;
  const bool yes = terminal.ask_yes({"Share this? y: share, anything else: stop [y/N]",
                                     "この内容を提供しますか? y: 提供する、その他: 中止する [y/N]"});
  return yes ? wallet::Decision::agree : wallet::Decision::refuse;
}

Result<wallet::Met> meet(const Terminal& terminal, const WalletOptions& options, const wallet::Host& host) {
  MIBUN_TRY(auto listener,
            transport::SocketListener::open({options.address, static_cast<std::uint16_t>(options.port)}, host.clock));
  const auto unknown =
      options.verified_readers_only ? proximity::UnknownReaders::refuse : proximity::UnknownReaders::ask_holder;
  MIBUN_TRY(const auto meeting,
            wallet::Meeting::prepare(host, {proximity::socket_retrieval(listener.address())}, unknown));
  MIBUN_CHECK(draw_engagement(terminal, meeting->qr_text(), meeting->ends_at()));
  MIBUN_TRY(const auto wire, std::move(listener).accept_one(meeting->ends_at()));
  return meeting->meet(*wire, [&](const wallet::NearbyQuestion& question) { return ask_to_share(terminal, question); });
}

std::string_view outcome_word(const wallet::Met& met) {
  switch (met.outcome) {
    case proximity::HolderOutcome::shared:
      return "shared";
    case proximity::HolderOutcome::unconfirmed:
      return "unconfirmed";
    case proximity::HolderOutcome::refused:
      return met.nothing_matches ? "nothing_matches" : "refused";
    case proximity::HolderOutcome::ended_by_reader:
      return "ended_by_reader";
    case proximity::HolderOutcome::failed:
      return "failed";
  }
  return "failed";
}

int report_met(const Terminal& terminal, const wallet::Met& met) {
  essential(terminal, "outcome", outcome_word(met));
  if (met.receipt) essential(terminal, "receipt", *met.receipt);
  if (met.outcome == proximity::HolderOutcome::shared) {
    terminal.line(terminal.good(terminal.say({"✓ Shared. See it later with: mibun wallet history",
                                              "✓ 提供しました。履歴は mibun wallet history で確認できます。"})));
    return kExitOk;
  }
  if (met.name) terminal.line(printable(pick(terminal, *met.name)));
  if (met.nothing_matches) return report_error(terminal, {ErrorCode::wallet_no_matching_card, {}, {}});
  if (met.outcome == proximity::HolderOutcome::refused) {
    return report_error(terminal, {ErrorCode::wallet_holder_refused, {}, {}});
  }
  if (met.outcome == proximity::HolderOutcome::unconfirmed) {
    terminal.error_line(
        terminal.bad(terminal.say({"The answer was sent, but the reader did not say that it has it.",
                                   "回答を送信しましたが、読み取り機が受け取ったかを確認できません。"})));
  }
  return report_error(terminal, met.why.value_or(Error{ErrorCode::wallet_connection_lost, {}, {}}));
}

}  // namespace

int run_proximity(const Terminal& terminal, const WalletOptions& options) {
  const auto session = Session::open(options, terminal);
  if (!session) return report_error(terminal, session.error());
  const auto met = meet(terminal, options, (*session)->host());
  return met ? report_met(terminal, *met) : report_error(terminal, met.error());
}

}  // namespace mibun::cli
