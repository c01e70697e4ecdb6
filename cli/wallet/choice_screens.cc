#include "cli/wallet/choice_screens.h"

#include <algorithm>
#include <charconv>

#include "cli/wallet/screens.h"

namespace mibun::cli {
namespace {

using wallet::Word;

struct Named {
  std::string name, value;
};

Result<Named> split(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0) return fail(ErrorCode::invalid_argument, text, "NAME=VALUE is expected");
  return Named{text.substr(0, sign), text.substr(sign + 1)};
}

Result<std::size_t> number(const Named& named) {
  std::size_t value = 0;
  const char* const end = named.value.data() + named.value.size();
  const auto [rest, error] = std::from_chars(named.value.data(), end, value);
  if (error != std::errc() || rest != end)
    return fail(ErrorCode::invalid_argument, named.value, "a number is expected");
  return value;
}

std::string say(const Terminal& terminal, Word word) {
  return pick(terminal, wallet::word(word));
}

// Two cards of one kind differ in where they come from and in when that was looked at.
std::string name_of(const Terminal& terminal, const wallet::ConsentQuestion::Held& held) {
  const wallet::Card& card = held.card;
  const bool japanese = terminal.language() == Language::japanese;
  std::string name = printable(japanese ? card.name_ja : card.name_en);
  name += " · " + printable(japanese ? card.issuer_name_ja : card.issuer_name_en);
  const auto with = [&](const Text& words, const wallet::Label& when) {
    name += " · " + std::string(terminal.say(words)) + " " + pick(terminal, when);
  };
  with({"received", "受取"}, wallet::time_label(card.received_at));
  if (held.checked_on) with({"confirmed", "確認"}, wallet::date_label(*held.checked_on));
  return name;
}

void draw_values(const Terminal& terminal, const oid4vp::AskedCard& shown, std::string_view word) {
  for (const oid4vp::AskedClaim& claim : shown.claims) {
    terminal.line("    " + printable(pick(terminal, wallet::claim_label(claim.path))) + ": " +
                  terminal.bold(printable(pick(terminal, wallet::claim_value(claim.path, claim.value)))) +
                  (word.empty() ? std::string() : "  [" + std::string(word) + "]"));
  }
}

const oid4vp::AskedCredential* find(const wallet::ConsentQuestion& question, std::string_view id) {
  const auto& all = question.ask.choices.credentials;
  const auto found = std::ranges::find(all, id, &oid4vp::AskedCredential::credential_id);
  return found == all.end() ? nullptr : &*found;
}

// One line of what can be typed, and what it would show.
void draw_option(const Terminal& terminal, const wallet::ConsentQuestion& question, const std::string& option,
                 const oid4vp::AskedCard& shown) {
  terminal.line("  " + terminal.bold(option) + "  " + terminal.dim(name_of(terminal, question.held[shown.card])));
  draw_values(terminal, shown, {});
}

void draw_sets(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing) {
  for (const oid4vp::AskedSet& set : question.ask.choices.sets) {
    for (const std::vector<std::string>& option : set.options) {
      const bool chosen = std::ranges::all_of(option, [&](const std::string& id) {
        return std::ranges::any_of(choosing.shown(), [&](const auto* one) { return one->credential_id == id; });
      });
      if (chosen) continue;
      terminal.line("  " + std::string(set.required ? terminal.say({"In place of it:", "代わりに選べるもの:"})
                                                    : terminal.say({"Optional, shared only if you say so:",
                                                                    "任意 (選んだときだけ提供されます):"})));
      const std::string flag = set.required ? "--instead " : "--also ";
      for (const std::string& id : option) {
        draw_option(terminal, question, flag + printable(option.front()),
                    find(question, id)->cards.front().ways.front());
      }
    }
  }
}

void draw_ways(const Terminal& terminal, const wallet::ConsentQuestion& question, const oid4vp::AskedCard& chosen) {
  for (const oid4vp::CardOffer& offer : find(question, chosen.credential_id)->cards) {
    const std::string id = printable(chosen.credential_id);
    if (offer.card != chosen.card) {
      draw_option(terminal, question, "--card " + id + "=" + question.held[offer.card].card.id, offer.ways.front());
      continue;
    }
    for (const oid4vp::AskedCard& way : offer.ways) {
      if (way.way != chosen.way) draw_option(terminal, question, "--way " + id + "=" + std::to_string(way.way), way);
    }
  }
}

}  // namespace

Result<wallet::Choosing> choose(const wallet::ConsentQuestion& question, const WalletOptions& options) {
  wallet::Choosing choosing(question);
  for (const std::string& id : options.also) MIBUN_CHECK(choosing.also(id));
  for (const std::string& id : options.instead) MIBUN_CHECK(choosing.instead(id));
  for (const std::string& text : options.chosen_cards) {
    MIBUN_TRY(const Named named, split(text));
    MIBUN_CHECK(choosing.use_card(named.name, named.value));
  }
  for (const std::string& text : options.chosen_ways) {
    MIBUN_TRY(const Named named, split(text));
    MIBUN_TRY(const std::size_t way, number(named));
    MIBUN_CHECK(choosing.use_way(named.name, way));
  }
  return choosing;
}

void draw_shown(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing,
                const oid4vp::AskedCard& shown) {
  const auto& held = question.held[shown.card];
  terminal.line("  " + terminal.dim(name_of(terminal, held)) + "  (" + say(terminal, Word::copies_left) + ": " +
                std::to_string(held.card.copies_left) + ")");
  const bool required = choosing.is_required(shown.credential_id);
  draw_values(terminal, shown, say(terminal, required ? Word::required : Word::optional));
}

void draw_choices(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing) {
  const oid4vp::Choices& choices = question.ask.choices;
  const bool one_way = std::ranges::all_of(choices.credentials, [](const oid4vp::AskedCredential& credential) {
    return credential.cards.size() == 1 && credential.cards[0].ways.size() == 1;
  });
  const bool one_option = std::ranges::all_of(
      choices.sets, [](const oid4vp::AskedSet& set) { return set.required && set.options.size() == 1; });
  if (one_way && one_option) return;
  terminal.line();
  terminal.line(terminal.bold(terminal.say({"You can choose", "選べるもの"})));
  draw_sets(terminal, question, choosing);
  for (const oid4vp::AskedCard* shown : choosing.shown()) draw_ways(terminal, question, *shown);
  terminal.line(Text{"  To look first: mibun wallet present --look. Nothing is answered then.",
                     "  先に内容だけを見るには: mibun wallet present --look (何も回答しません)"});
}

}  // namespace mibun::cli
