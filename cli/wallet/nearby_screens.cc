#include "cli/wallet/nearby_screens.h"

#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "platform/qr/symbol.h"
#include "wallet/element_labels.h"

namespace mibun::cli {
namespace {

using wallet::Word;

std::string say(const Terminal& terminal, Word word) {
  return pick(terminal, wallet::word(word));
}

std::string element_name(const Terminal& terminal, const std::string& identifier) {
  const auto label = wallet::element_label(identifier);
  return printable(label ? pick(terminal, *label) : identifier);
}

std::string organisation(const Terminal& terminal, const wallet::NearbyQuestion& question) {
  if (question.registration) return pick(terminal, question.registration->organization);
  const crypto::Certificate& reader = *question.ask.reader;
  return printable(reader.organization().empty() ? reader.common_name() : reader.organization());
}

void draw_reader(const Terminal& terminal, const wallet::NearbyQuestion& question) {
  terminal.line();
  if (!question.ask.reader) {
    terminal.line(terminal.bold(terminal.say({"━━━ A reader ━━━", "━━━ 読み取り機 ━━━"})) + "  " +
                  terminal.bad("✗ " + say(terminal, Word::not_verified)));
    terminal.line(Text{"Nobody we know vouches for who asks. Share only if you trust the person before you.",
                       "誰が求めているかを確認できません。目の前の相手を信頼できる場合だけ提供してください。"});
    return;
  }
  terminal.line(terminal.bold("━━━ " + organisation(terminal, question) + " ━━━") + "  " +
                terminal.good("✓ " + say(terminal, Word::verified)));
  if (question.registration)
    draw_row(terminal, say(terminal, Word::contact), printable(question.registration->contact));
  if (question.previous.last) {
    draw_row(terminal, say(terminal, Word::last_shared), pick(terminal, wallet::time_label(*question.previous.last)));
  } else {
    terminal.line("  " + say(terminal, Word::first_time));
  }
  if (question.registration) return;
  terminal.line(terminal.bad(terminal.say({"✗ Nobody has checked what it may ask, why, or for how long it keeps it.",
                                           "✗ 求めてよい項目・利用目的・保存期間は確認されていません。"})));
}

void draw_element(const Terminal& terminal, const proximity::AskedElement& element) {
  std::string line = "    " + element_name(terminal, element.identifier) + ": " +
                     printable(pick(terminal, wallet::element_value(element.identifier, element.value)));
  if (element.requested_identifier != element.identifier) {
    line += "  " + terminal.dim(std::string(terminal.say({"answers: ", "求められた項目: "})) +
                                element_name(terminal, element.requested_identifier));
  }
  if (element.intent_to_retain) {
    line += "  " + terminal.bold(terminal.say({"will be kept", "保存されます"}));
  }
  terminal.line(line);
}

void draw_documents(const Terminal& terminal, const wallet::NearbyQuestion& question) {
  terminal.line("  " + say(terminal, Word::requested));
  for (std::size_t i = 0; i < question.ask.documents.size(); ++i) {
    const auto& document = question.ask.documents[i];
    const wallet::Card& card = question.cards[i];
    terminal.line("  " + printable(terminal.language() == Language::japanese ? card.name_ja : card.name_en));
    for (const auto& element : document.elements) draw_element(terminal, element);
    for (const auto& missing : document.missing) {
      terminal.line("    " + element_name(terminal, missing.identifier) + "  " +
                    terminal.dim(terminal.say({"not on this card", "このカードにはありません"})));
    }
  }
}

}  // namespace

Status draw_engagement(const Terminal& terminal, const std::string& text, Instant good_until) {
  MIBUN_TRY(const qr::Symbol symbol, qr::Symbol::encode(text));
  terminal.line(qr::half_blocks(symbol, terminal.is_colourful() ? qr::Colours::black_on_white : qr::Colours::terminal));
  essential(terminal, "engagement", text);
  terminal.line(Text{"Show this code to the reader. It is good for one reader, until:",
                     "このコードを読み取り機に見せてください。1台の読み取り機に、次の時刻まで有効です。"});
  terminal.line("  " + pick(terminal, wallet::time_label(good_until)));
  return {};
}

void draw_nearby_question(const Terminal& terminal, const wallet::NearbyQuestion& question) {
  draw_reader(terminal, question);
  if (question.can_share()) {
    draw_documents(terminal, question);
    if (const auto& registration = question.registration) {
      draw_terms(terminal, {registration->purpose, registration->retention, registration->cautions});
    }
    return;
  }
  terminal.line(Text{"You have no card that answers this request. Nothing was shared.",
                     "この依頼に答えられるカードがありません。何も提供していません。"});
}

void draw_nearby_receipt(const Terminal& terminal, const wallet::NearbyReceipt& receipt) {
  const bool is_known = receipt.standing != wallet::ReaderStanding::unknown;
  const std::string who = is_known ? pick(terminal, wallet::Label{receipt.name_ja, receipt.name_en})
                                   : std::string(terminal.say({"A reader", "読み取り機"}));
  const Word standing = is_known ? Word::verified : Word::not_verified;
  terminal.line(terminal.bold(printable(who)) + "  " + say(terminal, standing) + "  " +
                pick(terminal, wallet::time_label(receipt.at)));
  draw_row(terminal, terminal.say({"shared by way of", "提供の方法"}),
           terminal.say({"in person, from device to device", "対面(端末どうし)"}));
  for (const wallet::ShownDocument& document : receipt.documents) {
    std::string names;
    for (const wallet::ShownElement& element : document.elements) {
      names += (names.empty() ? "" : ", ") + element_name(terminal, element.identifier);
    }
    draw_row(terminal, say(terminal, Word::requested), names);
  }
  if (receipt.purpose) draw_row(terminal, say(terminal, Word::purpose), pick(terminal, *receipt.purpose));
  if (receipt.retention) draw_row(terminal, say(terminal, Word::kept_for), pick(terminal, receipt.retention->text));
  if (!receipt.arrived) {
    terminal.line(Text{"Sent; the reader did not say that it arrived.", "送信済み(読み取り機の受領は未確認)。"});
  }
}

}  // namespace mibun::cli
