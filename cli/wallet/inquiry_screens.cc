#include "cli/wallet/inquiry_screens.h"

#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"

namespace mibun::cli {
namespace {

// Somebody's own words, a line of the screen for each of theirs.
void draw_words(const Terminal& terminal, std::string_view name, std::string_view words) {
  while (true) {
    const std::size_t end = words.find('\n');
    draw_row(terminal, name, printable(words.substr(0, end)));
    if (end == std::string_view::npos) return;
    words.remove_prefix(end + 1);
    name = "";
  }
}

}  // namespace

void draw_inquiry_terms(const Terminal& terminal, const wallet::InquiryTerms& terms) {
  const std::string country = printable(pick(terminal, terms.country_name));
  terminal.line(terminal.bold(std::string(terminal.say({"Kept in: ", "保管する国: "})) + country));
  terminal.line("  " + printable(pick(terminal, terms.rules)));
  terminal.line("  " + printable(pick(terminal, terms.measures)));
  draw_row(terminal, terminal.say({"what is kept", "保管するもの"}), printable(pick(terminal, terms.kept)));
  const std::string days = std::to_string(terms.kept_days_after_answer);
  draw_row(terminal, terminal.say({"for how long", "保管する期間"}),
           terminal.language() == Language::japanese
               ? "回答から " + days + " 日、またはアカウントを削除するまで"
               : days + " days after the answer, or until you delete your account");
}

bool agree_to_country(const Terminal& terminal, const wallet::InquiryTerms& terms) {
  const std::string en = "Keep your inquiry in " + printable(terms.country_name.en) + "? [y/N]";
  const std::string ja = "お問い合わせを" + printable(terms.country_name.ja) + "で保管することに同意しますか? [y/N]";
  return terminal.ask_yes({en, ja});
}

void draw_inquiry(const Terminal& terminal, const wallet::Inquiry& inquiry) {
  terminal.line();
  essential(terminal, "inquiry", inquiry.id);
  essential(terminal, "state", inquiry.state());
  terminal.line("  " + pick(terminal, wallet::inquiry_state_label(inquiry.state())));
  draw_row(terminal, terminal.say({"about", "種類"}),
           printable(pick(terminal, wallet::inquiry_kind_label(inquiry.kind))));
  draw_row(terminal, terminal.say({"asked at", "送信日時"}), pick(terminal, wallet::time_label(inquiry.asked_at)));
  draw_words(terminal, terminal.say({"you asked", "お問い合わせ"}), inquiry.text);
  if (!inquiry.answered_at) return;
  draw_row(terminal, terminal.say({"answered at", "回答日時"}),
           pick(terminal, wallet::time_label(*inquiry.answered_at)));
  if (!inquiry.answer.empty()) draw_words(terminal, terminal.say({"answer", "回答"}), inquiry.answer);
}

}  // namespace mibun::cli
