#include "cli/wallet/screens.h"

#include "cli/wallet/choice_screens.h"
#include "core/oid4vp/consent.h"

namespace mibun::cli {
namespace {

using wallet::Word;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string say(const Terminal& terminal, Word word) {
  return pick(terminal, wallet::word(word));
}

std::string pick(const Terminal& terminal, const std::string& ja, const std::string& en) {
  return printable(terminal.language() == Language::japanese ? ja : en);
}

std::string time_text(const Terminal& terminal, Instant instant) {
  return pick(terminal, wallet::time_label(instant));
}

// One character that could take over the terminal or turn the reading direction: its length in bytes, 0 for a plain
// one.
std::size_t unsafe_length(std::string_view rest) {
  const auto byte = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;                       // C1 controls
  if (byte(0) == 0xD8 && byte(1) == 0x9C) return 2;                                          // Arabic letter mark
  if (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F)) return 3;  // LRM, RLM
  if (byte(0) == 0xE2 && byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) return 3;    // separators, overrides
  if (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) return 3;    // isolates
  return 0;
}

void draw_partner(const Terminal& terminal, const wallet::ConsentQuestion& question) {
  terminal.line();
  const bool signed_by_somebody = question.ask.identified != oid4vp::Identified::by_address;
  const std::string label = pick(terminal, wallet::identified_label(question.ask.identified));
  terminal.line(terminal.bold("━━━ " + pick(terminal, question.ask.organization) + " ━━━") + "  " +
                (signed_by_somebody ? terminal.good("✓ " + label) : terminal.bad("! " + label)));
  if (!question.ask.address.empty() && !signed_by_somebody) {
    draw_row(terminal, terminal.say({"goes to", "送り先"}), printable(question.ask.address));
  }
  draw_row(terminal, say(terminal, Word::contact), printable(question.ask.contact));
  if (question.ask.origin) draw_row(terminal, terminal.say({"page", "ページ"}), printable(*question.ask.origin));
  if (question.previous.last) {
    draw_row(terminal, say(terminal, Word::last_shared),
             time_text(terminal, *question.previous.last) + " (" + std::to_string(question.previous.count) + ")");
  } else {
    terminal.line("  " + say(terminal, Word::first_time));
  }
}

void draw_approval(const Terminal& terminal, const oid4vp::Approval& approval) {
  terminal.line("    " + terminal.bold(pick(terminal, approval.text)));
  if (!approval.payment) return;
  draw_row(terminal, terminal.say({"amount", "金額"}),
           printable(approval.payment->amount + " " + approval.payment->currency));
  draw_row(terminal, terminal.say({"to", "支払先"}), printable(approval.payment->payee));
}

// What is signed beyond the card's facts must stand out: nothing of it may be overlooked.
void draw_approvals(const Terminal& terminal, const oid4vp::AskHolder& ask) {
  for (const oid4vp::Approval& approval : ask.approvals) {
    terminal.line(
        terminal.bold(terminal.say({"By sharing you also approve:", "提供すると、次の内容も承認したことになります:"})));
    draw_approval(terminal, approval);
    terminal.line();
  }
}

std::string joined_claims(const Terminal& terminal, const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    if (!text.empty()) text += terminal.say({", ", "、"});
    text += printable(pick(terminal, wallet::claim_label(path)));
  }
  return text;
}

void draw_event(const Terminal& terminal, const wallet::HistoryEvent& event) {
  std::string line = time_text(terminal, event.at) + "  " + pick(terminal, wallet::kind_label(event.kind));
  const std::string partner = pick(terminal, event.partner_ja, event.partner_en);
  if (!partner.empty()) line += "  " + terminal.bold(partner);
  terminal.line(line);
  if (!event.claims.empty()) terminal.line("    " + joined_claims(terminal, event.claims));
  if (event.kind == "failed" || event.kind == "refused" || event.kind == "uncertain") {
    terminal.line("    " + terminal.dim(printable(pick(terminal, wallet::outcome_label(event.outcome)))));
  }
  for (const auto& detail : event.details) {
    const auto label = wallet::detail_label(detail.key());
    if (!label) continue;
    const json::Value& value = detail.value();
    const std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    terminal.line("    " + terminal.dim(pick(terminal, *label) + ": " + printable(text)));
  }
}

bool is_network_trouble(const std::optional<Error>& error) {
  if (!error) return true;
  return error->code == ErrorCode::http_connect_failed || error->code == ErrorCode::http_timeout;
}

void draw_consent_receipt(const Terminal& terminal, const receipt::ConsentReceipt& receipt) {
  terminal.line(terminal.bold(pick(terminal, receipt.organization_ja, receipt.organization_en)) + "  " +
                time_text(terminal, receipt.verified_at));
  draw_row(terminal, terminal.say({"shared by way of", "提供の方法"}),
           pick(terminal, wallet::channel_label(receipt.channel)));
  const auto consent = oid4vp::Consent::parse(receipt.consent);
  if (!consent) return;
  std::vector<std::string> paths;
  for (const auto& [id, claims] : consent->claims) {
    for (const auto& path : claims) paths.push_back(path.to_string());
  }
  draw_row(terminal, say(terminal, Word::requested), joined_claims(terminal, paths));
  draw_row(terminal, say(terminal, Word::purpose), pick(terminal, consent->purpose));
  draw_row(terminal, say(terminal, Word::kept_for), pick(terminal, consent->retention.text));
  for (const std::string& data : receipt.transaction_data) {
    const auto approval = oid4vp::read_approval(data);
    if (!approval) continue;
    terminal.line("  " + std::string(terminal.say({"You approved:", "承認した内容:"})));
    draw_approval(terminal, *approval);
  }
}

void draw_erasure_receipt(const Terminal& terminal, const receipt::ErasureReceipt& receipt) {
  for (const receipt::ErasedClass& erased : receipt.classes) {
    std::string line = printable(pick(terminal, wallet::data_class_label(erased.data_class))) + ": ";
    if (erased.outcome == receipt::ErasureOutcome::erased) {
      line += std::string(terminal.say({"erased", "消去済み"}));
    } else {
      line += std::string(terminal.say({"kept by law", "法令により保存"})) + " (" +
              printable(erased.law.value_or("") + " " + erased.article.value_or("")) + ", " +
              printable(erased.controller.value_or("")) + ", " + printable(erased.until.value_or("")) + ")";
    }
    terminal.line("  " + line + "  " + time_text(terminal, erased.at));
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t unsafe = unsafe_length(text.substr(i));
    if (unsafe == 0) {
      safe += text[i++];
    } else {
      safe += kReplacement;
      i += unsafe;
    }
  }
  return safe;
}

std::string pick(const Terminal& terminal, const wallet::Label& label) {
  return terminal.language() == Language::japanese ? label.ja : label.en;
}

std::string pick(const Terminal& terminal, const oid4vp::LocalizedText& text) {
  return printable(terminal.language() == Language::japanese ? text.ja : text.en);
}

void draw_row(const Terminal& terminal, std::string_view name, std::string_view value) {
  terminal.line("  " + terminal.dim(name) + "  " + std::string(value));
}

void draw_terms(const Terminal& terminal, const Terms& terms) {
  draw_row(terminal, say(terminal, Word::purpose), pick(terminal, terms.purpose));
  const std::string days = std::to_string(terms.retention.days) + pick(terminal, wallet::Label{"日", " days"});
  draw_row(terminal, say(terminal, Word::kept_for), days + " · " + pick(terminal, terms.retention.text));
  draw_row(terminal, say(terminal, Word::cautions), pick(terminal, terms.cautions));
}

void draw_consent(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing) {
  draw_partner(terminal, question);
  terminal.line();
  terminal.line(terminal.bold(say(terminal, Word::requested)));
  for (const oid4vp::AskedCard* shown : choosing.shown()) draw_shown(terminal, question, choosing, *shown);
  draw_choices(terminal, question, choosing);
  terminal.line();
  draw_approvals(terminal, question.ask);
  draw_terms(terminal, {question.ask.purpose, question.ask.retention, question.ask.cautions});
  if (const auto readable = wallet::readable_label(question.ask.mode)) {
    terminal.line("  " + terminal.bad("! " + pick(terminal, *readable)));
  }
  terminal.line();
}

void draw_website_check(const Terminal& terminal, const oid4vp::AskHolder& ask) {
  terminal.line();
  terminal.line(terminal.bold(terminal.say({"━━━ Check the website ━━━", "━━━ ウェブサイトの確認 ━━━"})));
  terminal.line(Text{"Look at the browser in which you scanned the code. Its address must begin with:",
                     "コードを読み取ったブラウザーのアドレスを見てください。次の文字で始まっている必要があります。"});
  terminal.line("    " + terminal.bold(printable(ask.pairing->website) + "/"));
  terminal.line(Text{"If it does not, or if somebody sent you the code, stop: it may be a trap.",
                     "違う場合や、コードが誰かから送られてきた場合は中止してください。詐欺のおそれがあります。"});
}

void draw_missing(const Terminal& terminal, const wallet::ConsentQuestion& question) {
  draw_partner(terminal, question);
  terminal.line();
  terminal.line(Text{"You have no card that answers this request. Nothing was shared.",
                     "この依頼に答えられるカードがありません。何も提供していません。"});
  for (const dcql::ClaimPath& path : question.ask.missing) {
    terminal.line("    " + std::string(terminal.say({"missing: ", "不足: "})) +
                  printable(pick(terminal, wallet::claim_label(path))));
  }
  terminal.line(Text{"You can get a card with: mibun wallet prove, then mibun wallet receive",
                     "mibun wallet prove のあと mibun wallet receive でカードを受け取れます。"});
}

namespace {

// Nothing of a card that nothing is the matter with.
std::string state_text(const Terminal& terminal, const wallet::Card& card, Instant now) {
  if (card.status.said == wallet::CardStatus::Said::revoked) return say(terminal, Word::revoked);
  if (card.is_expired(now)) return say(terminal, Word::expired);
  if (card.status.said == wallet::CardStatus::Said::suspended) return say(terminal, Word::suspended);
  return {};
}

// When its issuer's list was read last, and what keeps it from being read since.
std::string checked_text(const Terminal& terminal, const wallet::CardStatus& status) {
  std::string text = status.checked_at ? time_text(terminal, *status.checked_at)
                                       : std::string(terminal.say({"never", "まだ確かめていません"}));
  if (status.failure.empty()) return text;
  return text + std::string(terminal.say({", not since: ", "、そのあとは確かめられていません: "})) + status.failure;
}

}  // namespace

void draw_card(const Terminal& terminal, const wallet::Card& card, Instant now) {
  std::string line = terminal.bold(pick(terminal, card.name_ja, card.name_en)) + "  " +
                     terminal.dim(pick(terminal, card.issuer_name_ja, card.issuer_name_en));
  if (const std::string state = state_text(terminal, card, now); !state.empty()) line += "  " + terminal.bad(state);
  terminal.line(line);
  if (card.expires_at) {
    draw_row(terminal, terminal.say({"valid until", "有効期限"}), time_text(terminal, *card.expires_at));
  }
  draw_row(terminal, say(terminal, Word::copies_left),
           std::to_string(card.copies_left) + " / " + std::to_string(card.copies));
  draw_row(terminal, terminal.say({"state checked", "状態の確認"}), checked_text(terminal, card.status));
}

void draw_stopped(const Terminal& terminal, const wallet::Card& card) {
  if (!card.is_stopped()) return;
  const bool is_revoked = card.status.said == wallet::CardStatus::Said::revoked;
  const std::string name = pick(terminal, card.name_ja, card.name_en) + " (" +
                           pick(terminal, card.issuer_name_ja, card.issuer_name_en) + ")";
  const Text what =
      is_revoked ? Text{" was revoked by its issuer and is not used. Receive it again: mibun wallet receive",
                        " は発行者が失効させたため、使えません。受け取り直してください: mibun wallet receive"}
                 : Text{" is suspended by its issuer and is not used until that is lifted. Ask the issuer.",
                        " は発行者が一時停止しているため、解除されるまで使えません。発行者にお問い合わせください。"};
  terminal.line(terminal.bad("! " + name) + std::string(terminal.say(what)));
}

void draw_claims(const Terminal& terminal, const std::vector<sd_jwt::HeldClaim>& claims) {
  for (const sd_jwt::HeldClaim& claim : claims) {
    if (!claim.disclosable) continue;
    terminal.line("    " + printable(pick(terminal, wallet::claim_label(claim.path))) + ": " +
                  printable(pick(terminal, wallet::claim_value(claim.path, claim.value))));
  }
}

void draw_findings(const Terminal& terminal, const std::vector<wallet::Finding>& findings) {
  for (const wallet::Finding& finding : findings) {
    const std::string outcome = pick(terminal, wallet::outcome_label(finding.outcome));
    std::string mark = terminal.dim("– " + outcome);
    if (finding.outcome == "passed") mark = terminal.good("✓ " + outcome);
    if (finding.outcome == "failed") mark = terminal.bad("✗ " + outcome);
    terminal.line("  " + mark + "  " + printable(pick(terminal, wallet::check_label(finding.check))) + "  " +
                  terminal.dim(printable(finding.detail)));
  }
}

void draw_history(const Terminal& terminal, const wallet::HistoryView& view) {
  terminal.line(terminal.bold(say(terminal, Word::activity)));
  for (const wallet::HistoryEvent& event : view.events) draw_event(terminal, event);
  if (view.events.empty()) terminal.line(Text{"Nothing happened yet.", "まだ履歴がありません。"});
  if (view.complete) return;
  if (!is_network_trouble(view.why_incomplete)) {
    terminal.line(
        std::string(terminal.say({"The server's part could not be read: ", "サーバーの記録を読めませんでした: "})) +
        std::string(to_string(view.why_incomplete->code)));
    return;
  }
  terminal.line(Text{"Offline: only what this wallet recorded is shown.",
                     "オフラインのため、このウォレットの記録だけを表示しています。"});
}

std::string history_json(const wallet::HistoryView& view) {
  json::Array events;
  for (const wallet::HistoryEvent& event : view.events) {
    json::Object object = event.to_json();
    object["at"] = to_jst_string(event.at);
    object["source"] = event.source;
    if (!event.details.empty()) object["details"] = event.details;
    events.push_back(std::move(object));
  }
  json::Object body;
  body["events"] = std::move(events);
  body["complete"] = view.complete;
  return json::serialize(body);
}

void draw_receipt(const Terminal& terminal, const receipt::CheckedReceipt& receipt) {
  if (const auto* consent = std::get_if<receipt::ConsentReceipt>(&receipt.content)) {
    draw_consent_receipt(terminal, *consent);
  } else {
    draw_erasure_receipt(terminal, std::get<receipt::ErasureReceipt>(receipt.content));
  }
}

}  // namespace mibun::cli
