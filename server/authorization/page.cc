#include "server/authorization/page.h"

#include <array>
#include <utility>

#include "core/codecs/markup.h"
#include "server/api/page_policy.h"
#include "server/api/problem.h"
#include "server/authorization/assets.h"

namespace mibun::server {
namespace {

// Each place once, in order, so that a value which looks like a place stays text.
template <std::size_t kCount>
std::string filled(std::string_view text, const std::array<std::pair<std::string_view, std::string>, kCount>& places) {
  std::string out;
  for (const auto& [name, value] : places) {
    const std::string mark = "{{" + std::string(name) + "}}";
    const std::size_t at = text.find(mark);
    MIBUN_INVARIANT(at != std::string_view::npos);
    out.append(text.substr(0, at)).append(value);
    text.remove_prefix(at + mark.size());
  }
  return out.append(text);
}

ServerResponse page(int status, bool japanese, const std::string& title, std::string main) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {page_policy(), {"Cache-Control", "no-store"}};
  response.body =
      filled<3>(authorization_assets::page_html(),
                {{{"language", japanese ? "ja" : "en"}, {"title", escape_markup(title)}, {"main", std::move(main)}}});
  return response;
}

struct Words {
  std::string_view title, wallet, cards, note, approve, refuse, working, cancelled, failed, done, stopped, back,
      no_script;
};
constexpr Words kJapanese{
    .title = "カードを追加しますか?",
    .wallet = "追加先のウォレット",
    .cards = "追加するカード(発行: mibun)",
    .note =
        "登録したときのパスキー(顔・指紋・画面ロック)で確認します。確認するまでは何も渡されません。心当たりがない"
        "ときは「中止する」を押してください。",
    .approve = "パスキーで確認して追加する",
    .refuse = "中止する",
    .working = "確認しています…",
    .cancelled = "パスキーでの確認が行われませんでした。もう一度お試しください。",
    .failed = "サーバーから答えが得られませんでした。接続を確かめて、もう一度お試しください。",
    .done = "確認しました。ウォレットに戻ります。",
    .stopped = "中止しました。何も渡していません。",
    .back = "ウォレットに戻る",
    .no_script = "この画面にはJavaScriptが必要です。パスキーでの確認に使います。"};
constexpr Words kEnglish{
    .title = "Add this card?",
    .wallet = "Wallet",
    .cards = "Cards to add (issued by mibun)",
    .note =
        "You confirm with the passkey you registered with (face, fingerprint or screen lock). Nothing is handed over "
        "before that. If you did not start this, choose Stop.",
    .approve = "Confirm with passkey and add",
    .refuse = "Stop",
    .working = "Confirming…",
    .cancelled = "The passkey was not confirmed. Please try again.",
    .failed = "The server did not answer. Check your connection and try again.",
    .done = "Confirmed. You are going back to the wallet.",
    .stopped = "Stopped. Nothing was handed over.",
    .back = "Back to the wallet",
    .no_script = "This page needs JavaScript: confirming with a passkey works only with it."};

std::string attribute(std::string_view name, std::string_view value) {
  return " data-" + std::string(name) + "=\"" + escape_markup(value) + "\"";
}

std::string element(std::string_view open, std::string_view text, std::string_view close) {
  return std::string(open) + escape_markup(text) + std::string(close) + "\n";
}

std::string question_main(const AuthorizationQuestion& question, const Words& words, bool japanese) {
  std::string main = "<main id=\"question\"" + attribute("authorization", question.authorization_id) +
                     attribute("working", words.working) + attribute("cancelled", words.cancelled) +
                     attribute("failed", words.failed) + attribute("done", words.done) +
                     attribute("stopped", words.stopped) + ">\n";
  main += element("<h1>", words.title, "</h1>") + "<dl>\n";
  main += element("<dt>", words.wallet, "</dt>");
  main += element("<dd id=\"wallet\">", japanese ? question.client_name_ja : question.client_name_en, "</dd>");
  main += element("<dt>", words.cards, "</dt>");
  for (const auto& card : question.cards) main += element("<dd>", japanese ? card.name_ja : card.name_en, "</dd>");
  main += "</dl>\n" + element("<p class=\"note\">", words.note, "</p>") + "<p id=\"status\" role=\"status\"></p>\n";
  main += element("<button id=\"approve\" class=\"main\" type=\"button\" disabled>", words.approve, "</button>");
  main += element("<button id=\"refuse\" type=\"button\">", words.refuse, "</button>");
  main += element("<a id=\"back\" hidden>", words.back, "</a>");
  main += element("<noscript><p class=\"bad\">", words.no_script, "</p></noscript>") + "</main>\n";
  return main + "<script src=\"/oauth/authorize.js\"></script>";
}

ServerResponse asset(std::string_view content_type, std::string_view body) {
  ServerResponse response;
  response.content_type = content_type;
  response.headers = {{"Cache-Control", "max-age=300"}};
  response.body = body;
  return response;
}

}  // namespace

ServerResponse question_page(const AuthorizationQuestion& question, std::string_view accept_language) {
  const bool japanese = prefers_japanese(accept_language);
  const Words& words = japanese ? kJapanese : kEnglish;
  return page(200, japanese, std::string(words.title), question_main(question, words, japanese));
}

ServerResponse refusal_page(ErrorCode code, std::string_view accept_language) {
  const bool japanese = prefers_japanese(accept_language);
  const ProblemText text = problem_text(code);
  const std::string title = japanese ? "続けられません" : "This cannot go on";
  std::string main = "<main>\n<h1>" + title + "</h1>\n<p>" + escape_markup(text.what.in(japanese)) + "</p>\n<p>" +
                     escape_markup(text.next.in(japanese)) + "</p>\n<p class=\"note\">" + std::string(to_string(code)) +
                     "</p>\n</main>";
  return page(text.status, japanese, title, std::move(main));
}

ServerResponse page_style() {
  return asset("text/css; charset=utf-8", authorization_assets::style_css());
}

ServerResponse page_script() {
  return asset("text/javascript; charset=utf-8", authorization_assets::script_js());
}

}  // namespace mibun::server
