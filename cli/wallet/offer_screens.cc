#include "cli/wallet/offer_screens.h"

#include <charconv>

#include "cli/wallet/report.h"
#include "cli/wallet/screens.h"
#include "wallet/issuer_standing.h"
#include "wallet/offered_card.h"

namespace mibun::cli {
namespace {

Text standing_text(wallet::IssuerStanding standing) {
  using enum wallet::IssuerStanding;
  switch (standing) {
    case own:
      return {"the server of this wallet", "このウォレットのサーバー"};
    case listed:
      return {"✓ on the list of issuers", "✓ 発行者の一覧にあります"};
    case by_card:
      return {"whether it is on the list of issuers is checked with the card itself",
              "発行者の一覧にあるかどうかは、カードを受け取るときに確かめます"};
    case unlisted:
      return {"⚠ not on the list of issuers: its card will not be accepted",
              "⚠ 発行者の一覧にありません。カードは受け付けられません"};
  }
  return {};
}

std::string contents_text(const Terminal& terminal, const std::vector<wallet::Label>& contents) {
  std::string text;
  for (const wallet::Label& label : contents) {
    if (!text.empty()) text += terminal.say({", ", "、"});
    text += printable(pick(terminal, label));
  }
  return text;
}

bool is_no(std::string_view typed) {
  return typed == "n" || typed == "N" || typed == "no" || typed == "いいえ";
}

// From 1.
std::optional<std::size_t> place_of(std::string_view typed, std::size_t count) {
  std::size_t number = 0;
  const char* const end = typed.data() + typed.size();
  const auto [stop, error] = std::from_chars(typed.data(), end, number);
  if (error != std::errc() || stop != end || number < 1 || number > count) return std::nullopt;
  return number - 1;
}

}  // namespace

Status draw_offer(const Terminal& terminal, Session& session, const oid4vci::AskHolder& question) {
  const wallet::Host& host = session.host();
  MIBUN_TRY(const auto held, wallet::CardStore(host.store, host.keys).list());
  MIBUN_TRY(const wallet::TrustList trust, wallet::load_trust(host.store));
  const std::string_view locale = terminal.language() == Language::japanese ? "ja" : "en";
  const oid4vci::Display* issuer = oid4vci::choose_display(question.issuer_display, locale);
  terminal.line(terminal.bold(printable(issuer != nullptr ? issuer->name : question.credential_issuer)) + "  " +
                terminal.dim(printable(question.credential_issuer)));
  std::size_t number = 0;
  for (const wallet::OfferedCard& card : wallet::offered_cards(question, held, host.clock.now())) {
    const auto& configuration = question.offered[number++];
    std::string line = "  " + (question.offered.size() > 1 ? std::to_string(number) + ": " : std::string()) +
                       terminal.bold(printable(pick(terminal, card.name)));
    if (card.held > 0) line += "  " + terminal.dim(terminal.say({"you have one", "持っています"}));
    terminal.line(line);
    if (!card.contents.empty()) terminal.line("     " + terminal.dim(contents_text(terminal, card.contents)));
    const auto standing =
        wallet::issuer_standing(trust, session.profile().origin, question.credential_issuer, configuration);
    terminal.line("     " + std::string(terminal.say(standing_text(standing))));
  }
  return {};
}

std::optional<std::string> choose_card(const Terminal& terminal, const oid4vci::AskHolder& question,
                                       Agreement agreement) {
  const auto& offered = question.offered;
  const std::string first = question.configuration.id;
  const bool asked = agreement == Agreement::ask;
  if (offered.size() == 1) {
    if (asked && !terminal.ask_yes({"Add this card? [y/N]", "このカードを追加しますか? [y/N]"})) return std::nullopt;
    return first;
  }
  const Text prompt = asked ? Text{"Add which card? Its number, or y for the first: [N]",
                                   "どのカードを追加しますか? 番号、または y: 1番目のカード [N]"}
                            : Text{"Which card? Its number, or n for none: [1]",
                                   "どのカードですか? 番号、または n: どれも受け取らない [1]"};
  for (;;) {
    const auto typed = terminal.ask_line(prompt);
    if (!typed || typed->empty()) return asked ? std::nullopt : std::optional(first);
    if (is_yes(*typed)) return first;
    if (const auto place = place_of(*typed, offered.size())) return offered[*place].id;
    if (is_no(*typed)) return std::nullopt;
    const std::string last = std::to_string(offered.size());
    terminal.error_line(std::string(terminal.say({"Please type a number from 1 to ", "1 から "})) + last +
                        std::string(terminal.say({".", " までの番号で答えてください。"})));
  }
}

}  // namespace mibun::cli
