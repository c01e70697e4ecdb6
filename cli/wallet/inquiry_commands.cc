#include "cli/wallet/commands.h"
#include "cli/wallet/inquiry_screens.h"
#include "cli/wallet/report.h"
#include "cli/wallet/session.h"

// inquiry list, inquiry send: asking the operator of the wallet's server.
namespace mibun::cli {
namespace {

Status do_list(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto own, wallet::fetch_inquiries(session->api(), session->profile()));
  if (own.all.empty()) {
    terminal.line(Text{"You have asked nothing yet: mibun wallet inquiry send",
                       "お問い合わせはまだありません: mibun wallet inquiry send"});
  }
  for (const wallet::Inquiry& inquiry : own.all) draw_inquiry(terminal, inquiry);
  essential(terminal, "inquiries", std::to_string(own.all.size()));
  return {};
}

Status do_send(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto terms, wallet::fetch_inquiry_terms(session->api()));
  draw_inquiry_terms(terminal, terms);
  if (!agree_to_country(terminal, terms)) return fail(ErrorCode::wallet_holder_refused, "country");
  MIBUN_TRY(const auto sent, wallet::send_inquiry(session->api(), session->profile(),
                                                  {options.inquiry_kind, options.inquiry_text, terms.country}));
  draw_inquiry(terminal, sent);
  return {};
}

int finish(const Terminal& terminal, const Status& done) {
  return done ? kExitOk : report_error(terminal, done.error());
}

}  // namespace

int run_inquiry_list(const Terminal& terminal, const WalletOptions& options) {
  return finish(terminal, do_list(terminal, options));
}

int run_inquiry_send(const Terminal& terminal, const WalletOptions& options) {
  return finish(terminal, do_send(terminal, options));
}

}  // namespace mibun::cli
