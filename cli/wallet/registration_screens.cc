#include "cli/wallet/registration_screens.h"

#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "platform/files/files.h"
#include "wallet/labels.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kCaBytesMax = 256 * 1024;

}  // namespace

Result<std::string> read_ca(const std::string& path) {
  if (path.empty()) return std::string();
  MIBUN_TRY(const Bytes pem, files::read_file(path, kCaBytesMax));
  return std::string(as_text(pem));
}

Status agree_to_terms(const Terminal& terminal, const wallet::RegistrationOffer& offer) {
  terminal.line(terminal.bold(printable(offer.origin)));
  terminal.line(std::string(terminal.say({"Terms of use, version ", "利用規約 バージョン "})) +
                printable(offer.terms_version));
  terminal.line(Text{"This device gets one key of its own. It never leaves the device and is never made twice.",
                     "この端末専用の鍵を一つ作ります。鍵は端末の外に出ず、作り直しもできません。"});
  terminal.line(Text{"What the wallet keeps and what leaves it: mibun wallet privacy",
                     "ウォレットが保存するものと外に渡すもの: mibun wallet privacy"});
  if (!terminal.ask_yes({"Do you accept the terms? [y/N]", "利用規約に同意しますか? [y/N]"})) {
    return fail(ErrorCode::wallet_holder_refused, "terms");
  }
  return {};
}

void show_revocation_code(const Terminal& terminal, const std::string& code) {
  terminal.line();
  terminal.line(terminal.bold(pick(terminal, wallet::word(wallet::Word::revocation_code))));
  essential(terminal, "revocation code", code);
  terminal.line(
      Text{"Write it down and keep it away from this device. With it you can stop your wallet if the device is "
           "lost: mibun wallet revoke. It is not shown again unless you ask: mibun wallet status --show-code",
           "紙に書き、この端末とは別の場所に保管してください。端末をなくしたとき mibun wallet revoke "
           "で停止できます。再表示: mibun wallet status --show-code"});
}

}  // namespace mibun::cli
