#include <algorithm>

#include "cli/wallet/commands.h"
#include "cli/wallet/receive_screens.h"
#include "cli/wallet/registration_screens.h"
#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "cli/wallet/session.h"
#include "core/codecs/url.h"
#include "platform/files/files.h"
#include "wallet/card_status.h"
#include "wallet/deletion.h"
#include "wallet/devices.h"
#include "wallet/privacy_notice.h"
#include "wallet/registration.h"
#include "wallet/server_log.h"

// register, status, delete-account, revoke: what belongs to the account as a whole.
namespace mibun::cli {
namespace {

// A vault without a registration is left by an attempt that broke off; it is used again.
Result<wallet::RegistrationOutcome> register_in(const WalletOptions& options, const Terminal& terminal,
                                                wallet::Http& http, const wallet::RegistrationOffer& offer) {
  const SystemClock clock;
  crypto::SystemRng rng;
  Vault vault(options.home, terminal, clock, rng);
  const bool existed = vault.exists();
  MIBUN_CHECK(existed ? vault.unlock() : vault.create());
  const wallet::Host host{http, vault, vault, vault, clock, rng};
  auto outcome = wallet::finish_registration(host, offer);
  if (!outcome && !existed) (void)vault.destroy();
  return outcome;
}

Result<wallet::RegistrationOutcome> do_register(const Terminal& terminal, const WalletOptions& options) {
  if (is_registered(options.home)) return fail(ErrorCode::wallet_already_registered, "wallet");
  MIBUN_TRY(const std::string ca_pem, read_ca(options.ca_file));
  MIBUN_TRY(WalletHttp http, WalletHttp::open({options.server, ca_pem}, options.allowed_origins, terminal));
  MIBUN_TRY(const auto offer, wallet::begin_registration(http, options.server));
  MIBUN_CHECK(agree_to_terms(terminal, offer));
  auto outcome = register_in(options, terminal, http, offer);
  const bool known_before = !outcome && outcome.error().code == ErrorCode::wallet_already_registered;
  if (outcome || known_before) MIBUN_CHECK(save_registered(options.home, {offer.origin, ca_pem}));
  return outcome;
}

// Whether the server's log goes on from what this wallet saw. A server that cannot be reached is told elsewhere.
void draw_server_log(const Terminal& terminal, Session& session) {
  const auto look = wallet::look_at_server_log(session.host(), session.profile().origin);
  if (look && *look) essential(terminal, "server log", std::to_string((*look)->entries) + " entries");
  if (look) return;
  const ErrorCode code = look.error().code;
  essential(terminal, "server log", to_string(code));
  terminal.error_line(terminal.bad(terminal.say(sentence_for(code))));
}

Status draw_status(const Terminal& terminal, Session& session, bool show_code) {
  const wallet::Profile& profile = session.profile();
  essential(terminal, "account", profile.account_id);
  essential(terminal, "server", profile.origin);
  essential(terminal, "registered", to_jst_string(profile.registered_at));
  // The wallet was opened: what waits is fetched, and what runs low is renewed. What fails was said, and stops nothing.
  (void)fetch_what_waits(terminal, session);
  (void)renew_on_time(terminal, session);
  draw_server_log(terminal, session);
  (void)wallet::check_card_status(session.host());  // what is known stands with its date
  wallet::CardStore cards(session.vault(), session.vault());
  MIBUN_TRY(const auto listed, cards.list());
  for (const wallet::Card& card : listed) {
    draw_card(terminal, card, session.host().clock.now());
    draw_stopped(terminal, card);
  }
  essential(terminal, "cards", std::to_string(listed.size()));
  std::size_t copies_left = 0;
  for (const wallet::Card& card : listed) copies_left += card.copies_left;
  essential(terminal, "copies left", std::to_string(copies_left));
  essential(terminal, "stopped", std::to_string(std::ranges::count_if(listed, &wallet::Card::is_stopped)));
  if (show_code) {
    MIBUN_CHECK(session.api().verify_user_now("show the revocation code"));
    show_revocation_code(terminal, profile.revocation_code);
  }
  return {};
}

Status draw_case(const Terminal& terminal, Session& session) {
  const auto state = wallet::case_state(session.host(), session.api(), session.profile());
  if (!state && state.error().code == ErrorCode::wallet_no_offer) {
    essential(terminal, "case", "none");
    return {};
  }
  if (!state) return std::unexpected(state.error());
  essential(terminal, "case", state->case_id);
  essential(terminal, "state", state->state);
  terminal.line("  " + printable(pick(terminal, wallet::state_label(state->state))));
  if (!state->reason.empty()) {
    terminal.line("  " + printable(pick(terminal, wallet::case_reason_label(state->reason))));
  }
  if (state->offer) {
    terminal.line(
        Text{"A card is waiting for you: mibun wallet receive", "カードを受け取れます: mibun wallet receive"});
  }
  return {};
}

void draw_device(const Terminal& terminal, const wallet::AccountDevice& device) {
  essential(terminal, "kind", pick(terminal, device.kind()));
  if (device.since) essential(terminal, "since", to_jst_string(*device.since));
  if (device.last_used_on) essential(terminal, "last used on", device.last_used_on->to_string());
  essential(terminal, "backed up", pick(terminal, device.backup()));
  if (device.moved_at) essential(terminal, "replaced at", to_jst_string(*device.moved_at));
}

Status draw_devices(const Terminal& terminal, Session& session) {
  MIBUN_TRY(const auto devices, wallet::fetch_devices(session.api(), session.profile()));
  terminal.line(terminal.bold(terminal.say({"This device", "この端末"})));
  draw_device(terminal, devices.device);
  for (const wallet::AccountDevice& device : devices.former) {
    terminal.line(terminal.bold(terminal.say({"Before", "以前の端末"})));
    draw_device(terminal, device);
  }
  terminal.line(Text{"Lost it? Stop it from any other device with the revocation code: mibun wallet revoke",
                     "なくしたときは、ほかの端末から停止コードで止められます: mibun wallet revoke"});
  return {};
}

void warn_before_deletion(const Terminal& terminal) {
  terminal.line(
      Text{"Everything about you is erased at the server, except what the law makes us keep. The cards, keys and "
           "records of this wallet are destroyed. This cannot be undone.",
           "法令で保存が必要なものを除き、サーバー上のあなたの情報をすべて消去し、このウォレットのカード・鍵・記録を"
           "破棄します。元に戻せません。"});
}

Status keep_receipt_outside(const Terminal& terminal, const wallet::Deletion& deletion, const std::string& path) {
  draw_receipt(terminal, {deletion.content, {}, {}});
  if (path.empty()) {
    essential(terminal, "receipt", deletion.receipt_text);
    return {};
  }
  MIBUN_CHECK(files::write_file_atomic(path, as_bytes(deletion.receipt_text)));
  essential(terminal, "receipt file", path);
  return {};
}

Status do_delete(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  warn_before_deletion(terminal);
  if (!terminal.ask_yes({"Erase everything? [y/N]", "すべて消去しますか? [y/N]"})) {
    return fail(ErrorCode::wallet_holder_refused, "deletion");
  }
  MIBUN_TRY(const auto deletion, wallet::delete_account(session->host(), session->api(), session->profile()));
  const Status kept = keep_receipt_outside(terminal, deletion, options.save_file);
  if (!kept) essential(terminal, "receipt", deletion.receipt_text);  // rather on the screen than nowhere
  MIBUN_CHECK(session->vault().destroy());
  MIBUN_CHECK(remove_registered(options.home));
  essential(terminal, "outcome", "deleted");
  return kept;
}

Result<Registered> where_to_revoke(const WalletOptions& options) {
  if (options.server.empty()) return load_registered(options.home);
  MIBUN_TRY(std::string ca_pem, read_ca(options.ca_file));
  return Registered{options.server, std::move(ca_pem)};
}

Result<std::string> do_revoke(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(Registered registered, where_to_revoke(options));
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(registered.server));
  MIBUN_TRY(const SecretBytes code, terminal.ask_secret({"Revocation code:", "停止コード:"}));
  registered.server = url.origin();
  MIBUN_TRY(WalletHttp http, WalletHttp::open(registered, {}, terminal));
  return wallet::revoke_wallet(http, url.origin(), as_text(code.reveal()));
}

}  // namespace

int run_register(const Terminal& terminal, const WalletOptions& options) {
  const auto outcome = do_register(terminal, options);
  if (!outcome) return report_error(terminal, outcome.error());
  terminal.line(terminal.good(terminal.say({"✓ Registered.", "✓ 登録しました。"})));
  essential(terminal, "account", outcome->profile.account_id);
  show_revocation_code(terminal, outcome->revocation_code);
  return kExitOk;
}

int run_status(const Terminal& terminal, const WalletOptions& options) {
  const auto session = Session::open(options, terminal);
  if (!session) return report_error(terminal, session.error());
  if (const Status drawn = draw_status(terminal, **session, options.show_code); !drawn) {
    return report_error(terminal, drawn.error());
  }
  if (const Status drawn = draw_case(terminal, **session); !drawn) return report_error(terminal, drawn.error());
  return kExitOk;
}

int run_delete_account(const Terminal& terminal, const WalletOptions& options) {
  const Status deleted = do_delete(terminal, options);
  return deleted ? kExitOk : report_error(terminal, deleted.error());
}

int run_revoke(const Terminal& terminal, const WalletOptions& options) {
  const auto revoked_at = do_revoke(terminal, options);
  if (!revoked_at) return report_error(terminal, revoked_at.error());
  terminal.line(Text{"The wallet is stopped. Its cards are no longer accepted anywhere.",
                     "ウォレットを停止しました。カードはどこでも使えなくなります。"});
  essential(terminal, "revoked at", *revoked_at);
  return kExitOk;
}

int run_devices(const Terminal& terminal, const WalletOptions& options) {
  const auto session = Session::open(options, terminal);
  if (!session) return report_error(terminal, session.error());
  const Status drawn = draw_devices(terminal, **session);
  return drawn ? kExitOk : report_error(terminal, drawn.error());
}

int run_privacy(const Terminal& terminal, const WalletOptions&) {
  for (const wallet::NoticePart& part : wallet::privacy_notice()) {
    terminal.line(terminal.bold(pick(terminal, part.title)));
    terminal.line("  " + pick(terminal, part.text));
  }
  return kExitOk;
}

}  // namespace mibun::cli
