#include "cli/wallet/move_screens.h"

#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "platform/qr/symbol.h"

namespace mibun::cli {
namespace {

void draw_left_behind(const Terminal& terminal, std::size_t count) {
  essential(terminal, "left behind", std::to_string(count));
  if (count == 0) return;
  terminal.line(Text{
      "The oldest records of the activity were too many to take along. The server has records of the identity "
      "check and of cards received, too: mibun wallet history",
      "利用履歴の古い記録は、多すぎたため移せませんでした。本人確認やカードの受け取りの記録はサーバーにもあります: "
      "mibun wallet history"});
}

}  // namespace

Status draw_move(const Terminal& terminal, const wallet::MoveBegun& begun) {
  terminal.line(Text{"On the new device: read this with “Move here from another device”, or type the code there.",
                     "新しい端末の「別の端末から移す」で、この QR コードを読み取るか、コードを入力してください。"});
  MIBUN_TRY(const qr::Symbol symbol, qr::Symbol::encode(begun.link));
  terminal.line(qr::half_blocks(symbol, terminal.is_colourful() ? qr::Colours::black_on_white : qr::Colours::terminal));
  terminal.line(terminal.bold(
      terminal.say({"Show it to nobody and send it nowhere.", "ほかの人に見せず、どこにも送らないでください。"})));
  essential(terminal, "move link", begun.link);
  essential(terminal, "move code", begun.code);
  essential(terminal, "good until", to_jst_string(begun.expires));
  return {};
}

void draw_number(const Terminal& terminal, std::string_view number) {
  terminal.line();
  terminal.line("  " + terminal.bold(printable(number.substr(0, 3)) + " " +
                                     printable(number.size() > 3 ? number.substr(3) : std::string_view())));
  essential(terminal, "number", number);
}

bool agree_to_number(const Terminal& terminal, const wallet::MoveCandidate& candidate) {
  draw_number(terminal, candidate.number);
  draw_row(terminal, terminal.say({"new device", "新しい端末"}), printable(candidate.name));
  draw_row(terminal, terminal.say({"joined at", "読み取った日時"}),
           pick(terminal, wallet::time_label(candidate.joined_at)));
  terminal.line(
      Text{"With a yes everything moves to that device, and nothing is left on this one. If the numbers differ, "
           "somebody else may stand between: say no.",
           "「はい」と答えると、すべてがその端末に移り、この端末には何も残りません。番号が違うときは、"
           "他人が間にいるおそれがあります。「いいえ」と答えてください。"});
  return terminal.ask_yes(
      {"Does the new device show the same number? [y/N]", "新しい端末に同じ番号が出ていますか? [y/N]"});
}

void draw_moved(const Terminal& terminal, const wallet::Moved& moved) {
  terminal.line(
      terminal.good(terminal.say({"✓ Moved. Nothing is left on this device. Go on with the new one.",
                                  "✓ 移しました。この端末には何も残っていません。新しい端末で続けてください。"})));
  draw_left_behind(terminal, moved.left_behind);
  essential(terminal, "outcome", "moved");
}

void draw_arrived(const Terminal& terminal, const wallet::MoveFinished& finished) {
  terminal.line(
      terminal.good(terminal.say({"✓ The wallet is on this device now.", "✓ ウォレットはこの端末に移りました。"})));
  terminal.line(Text{"Cards do not move: receive them anew with mibun wallet receive",
                     "カードは移りません。mibun wallet receive で受け取り直してください"});
  if (!finished.brought_history) {
    terminal.line(
        terminal.bad(terminal.say({"What the old device packed of its activity did not arrive, or could not be "
                                   "checked. Your account is not affected.",
                                   "古い端末がまとめた利用履歴が届かなかったか、確かめられませんでした。"
                                   "アカウントには影響ありません。"})));
  }
  essential(terminal, "history", finished.brought_history ? "brought along" : "not brought along");
  draw_left_behind(terminal, finished.left_behind);
  essential(terminal, "outcome", "moved");
}

}  // namespace mibun::cli
