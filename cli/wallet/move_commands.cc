#include <functional>
#include <optional>
#include <thread>

#include "cli/wallet/commands.h"
#include "cli/wallet/move_screens.h"
#include "cli/wallet/registration_screens.h"
#include "cli/wallet/report.h"
#include "cli/wallet/session.h"
#include "core/codecs/url.h"
#include "wallet/move_link.h"
#include "wallet/moving.h"

// move begin, move join, move cancel: the wallet goes to another device, which may be a browser's.
namespace mibun::cli {
namespace {

// Between two looks at the server, as in the page.
constexpr auto kPause = std::chrono::seconds(2);
// A minute without the server; after that the same command goes on where it was.
constexpr int kUnreachedMax = 30;
constexpr int kCodesMax = 5;

// Asks until there is something.
template <class T>
Result<T> ask_until(const std::function<Result<std::optional<T>>()>& ask) {
  for (int unreached = 0;;) {
    Result<std::optional<T>> answer = ask();
    if (answer && *answer) return std::move(**answer);
    if (!answer) {
      const ErrorCode code = answer.error().code;
      const bool away = code == ErrorCode::http_connect_failed || code == ErrorCode::http_timeout;
      if (!away || ++unreached > kUnreachedMax) return pass_error(answer);
    } else {
      unreached = 0;
    }
    std::this_thread::sleep_for(kPause);
  }
}

// ---- The old device ----

Result<wallet::Moved> do_begin(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto session, Session::open(options, terminal));
  MIBUN_TRY(const auto begun, wallet::begin_move(session->host(), session->api(), session->profile()));
  MIBUN_CHECK(draw_move(terminal, begun));
  terminal.line(Text{"Waiting for the new device…", "新しい端末を待っています…"});
  MIBUN_TRY(const auto candidate, ask_until<wallet::MoveCandidate>([&] {
              return wallet::look_for_candidate(session->host(), session->api(), session->profile());
            }));
  if (!agree_to_number(terminal, candidate)) {
    MIBUN_CHECK(wallet::cancel_move(session->host()));
    return fail(ErrorCode::wallet_holder_refused, "number");
  }
  MIBUN_TRY(const auto moved, wallet::confirm_move(session->host(), session->api(), session->profile(), candidate));
  MIBUN_CHECK(session->vault().destroy());
  MIBUN_CHECK(remove_registered(options.home));
  return moved;
}

// ---- The new device ----

// A folder that has no account yet, unlocked, and the way to its server.
class Newcomer {
 public:
  // The server that the folder names, or the one of the command line. Asks for the passphrase: a new one where there is
  // no vault. Errors: wallet_not_registered (no server), those of WalletHttp and Vault.
  static Result<std::unique_ptr<Newcomer>> open(const Terminal& terminal, const WalletOptions& options) {
    MIBUN_TRY(const Registered registered, where(options));
    MIBUN_TRY(WalletHttp http, WalletHttp::open(registered, options.allowed_origins, terminal));
    std::unique_ptr<Newcomer> newcomer(new Newcomer(options.home, registered, std::move(http), terminal));
    newcomer->is_new_ = !newcomer->vault_.exists();
    MIBUN_CHECK(newcomer->is_new_ ? newcomer->vault_.create() : newcomer->vault_.unlock());
    return newcomer;
  }

  const wallet::Host& host() const { return host_; }
  const std::string& server() const { return registered_.server; }
  Result<bool> is_joining() { return wallet::is_joining(vault_); }
  // The commands that come after find their server in the folder.
  Status remember() { return save_registered(home_, registered_); }
  // Nothing of the attempt stays.
  Status forget() {
    MIBUN_CHECK(vault_.destroy());
    return remove_registered(home_);
  }
  // What could not join leaves nothing that was not there before.
  void forget_if_new() {
    if (is_new_) (void)forget();
  }

 private:
  Newcomer(const std::string& home, Registered registered, WalletHttp http, const Terminal& terminal)
      : home_(home),
        registered_(std::move(registered)),
        vault_(home, terminal, clock_, rng_),
        http_(std::move(http)),
        host_{http_, vault_, vault_, vault_, clock_, rng_} {}

  static Result<Registered> where(const WalletOptions& options) {
    if (options.server.empty()) return load_registered(options.home);
    if (is_registered(options.home)) return fail(ErrorCode::wallet_already_registered, "wallet");
    MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(options.server));
    MIBUN_TRY(std::string ca_pem, read_ca(options.ca_file));
    return Registered{url.origin(), std::move(ca_pem)};
  }

  std::string home_;
  Registered registered_;
  bool is_new_ = false;
  SystemClock clock_;
  crypto::SystemRng rng_;
  Vault vault_;
  WalletHttp http_;
  wallet::Host host_;
};

// A group that was mistyped is named, and the code is asked for again.
Result<wallet::MoveOffer> open_by_code(const Terminal& terminal, Newcomer& newcomer) {
  for (int tries = 1;; ++tries) {
    MIBUN_TRY(const SecretBytes code, terminal.ask_secret({"Code on the old device:", "古い端末に出ているコード:"}));
    auto offer = wallet::open_move_by_code(newcomer.host(), newcomer.server(), as_text(code.reveal()));
    if (offer || offer.error().code != ErrorCode::invalid_argument || tries == kCodesMax) return offer;
    const std::string group = offer.error().where.substr(offer.error().where.find('.') + 1);
    terminal.error_line(
        terminal.bad(terminal.language() == Language::japanese
                         ? "コードに打ち間違いがあります (" + group + " 番目の組)。もう一度入力してください。"
                         : "The code is mistyped (group " + group + "). Type it again."));
  }
}

Result<wallet::MoveOffer> open_offer(const Terminal& terminal, Newcomer& newcomer, const WalletOptions& options) {
  if (options.link.empty()) return open_by_code(terminal, newcomer);
  MIBUN_TRY(const auto link, wallet::MoveLink::parse(options.link));
  if (link.server != newcomer.server())
    return fail(ErrorCode::invalid_argument, "server", "the link is of another one");
  return wallet::open_move(newcomer.host(), options.link);
}

Status join(const Terminal& terminal, Newcomer& newcomer, const WalletOptions& options) {
  MIBUN_TRY(const auto offer, open_offer(terminal, newcomer, options));
  MIBUN_CHECK(agree_to_terms(terminal, offer.registration));
  return wallet::join_move(newcomer.host(), offer, "Terminal");
}

// Shows the number, and waits for the yes of the old device.
Status await_yes(const Terminal& terminal, Newcomer& newcomer) {
  bool shown = false;
  const auto confirmed = ask_until<bool>([&]() -> Result<std::optional<bool>> {
    MIBUN_TRY(const auto progress, wallet::await_move(newcomer.host()));
    if (progress.number && !shown) {
      draw_number(terminal, *progress.number);
      terminal.line(Text{"Compare it with the number on the old device, and answer there.",
                         "古い端末の番号と見比べて、古い端末で答えてください。"});
      shown = true;
    }
    return progress.confirmed ? std::optional(true) : std::nullopt;
  });
  if (confirmed) {
    terminal.line(Text{"The old device has agreed. This one takes over now, with your passphrase.",
                       "古い端末で確認されました。パスフレーズで、この端末が引き継ぎます。"});
    return {};
  }
  if (confirmed.error().code == ErrorCode::wallet_server_refused) {
    terminal.line(Text{"The move is over. To begin again: mibun wallet move cancel here, then a new code there.",
                       "この移行は終わっています。やり直すには、ここで mibun wallet move cancel を実行し、"
                       "古い端末で新しいコードを出してください。"});
  }
  return std::unexpected(confirmed.error());
}

Result<wallet::MoveFinished> do_join(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto newcomer, Newcomer::open(terminal, options));
  MIBUN_TRY(const bool goes_on, newcomer->is_joining());
  if (!goes_on) {
    const Status joined = join(terminal, *newcomer, options);
    if (!joined) newcomer->forget_if_new();
    MIBUN_CHECK(joined);
  }
  MIBUN_CHECK(newcomer->remember());
  terminal.line(Text{"Waiting for the old device…", "古い端末を待っています…"});
  MIBUN_CHECK(await_yes(terminal, *newcomer));
  return wallet::finish_move(newcomer->host());
}

// ---- Either ----

Status do_cancel(const Terminal& terminal, const WalletOptions& options) {
  MIBUN_TRY(const auto device, Newcomer::open(terminal, options));
  MIBUN_TRY(const bool was_joining, device->is_joining());
  MIBUN_CHECK(wallet::cancel_move(device->host()));
  if (was_joining) MIBUN_CHECK(device->forget());
  return {};
}

}  // namespace

int run_move_begin(const Terminal& terminal, const WalletOptions& options) {
  const auto moved = do_begin(terminal, options);
  if (!moved) return report_error(terminal, moved.error());
  draw_moved(terminal, *moved);
  return kExitOk;
}

int run_move_join(const Terminal& terminal, const WalletOptions& options) {
  const auto finished = do_join(terminal, options);
  if (!finished) return report_error(terminal, finished.error());
  draw_arrived(terminal, *finished);
  show_revocation_code(terminal, finished->revocation_code);
  return kExitOk;
}

int run_move_cancel(const Terminal& terminal, const WalletOptions& options) {
  if (const Status cancelled = do_cancel(terminal, options); !cancelled) {
    return report_error(terminal, cancelled.error());
  }
  essential(terminal, "outcome", "cancelled");
  return kExitOk;
}

}  // namespace mibun::cli
