#include "wallet/choosing.h"

#include <algorithm>

namespace mibun::wallet {
namespace {

std::unexpected<Error> not_offered(std::string_view name) {
  return fail(ErrorCode::dcql_bad_selection, std::string(name), "this is not offered here");
}

bool has(const std::vector<std::string>& ids, std::string_view id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

Choosing::Choosing(const ConsentQuestion& question) : question_(question) {
  for (const oid4vp::AskedSet& set : question.ask.choices.sets) options_.push_back(set.proposed);
  for (const oid4vp::AskedCredential& credential : question.ask.choices.credentials) {
    rows_.push_back({.credential = &credential, .card = 0, .way = 0});
  }
  for (const oid4vp::AskedCard& proposed : question.ask.cards) {
    (void)use_card(proposed.credential_id, question.held[proposed.card].card.id);
    (void)use_way(proposed.credential_id, proposed.way);
  }
}

Choosing::Row* Choosing::find(std::string_view credential_id) {
  const auto found =
      std::ranges::find_if(rows_, [&](const Row& row) { return row.credential->credential_id == credential_id; });
  return found == rows_.end() ? nullptr : &*found;
}

Status Choosing::take(std::string_view credential_id, bool required) {
  const auto& sets = question_.ask.choices.sets;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].required != required) continue;
    const auto option = std::ranges::find_if(sets[i].options, [&](const auto& ids) { return has(ids, credential_id); });
    if (option == sets[i].options.end()) continue;
    options_[i] = static_cast<std::size_t>(option - sets[i].options.begin());
    return {};
  }
  return not_offered(credential_id);
}

Status Choosing::also(std::string_view credential_id) {
  return take(credential_id, false);
}

Status Choosing::instead(std::string_view credential_id) {
  return take(credential_id, true);
}

Status Choosing::use_card(std::string_view credential_id, std::string_view card_id) {
  Row* row = find(credential_id);
  if (row == nullptr) return not_offered(credential_id);
  const auto& cards = row->credential->cards;
  const auto card = std::ranges::find_if(
      cards, [&](const oid4vp::CardOffer& offer) { return question_.held[offer.card].card.id == card_id; });
  if (card == cards.end()) return not_offered(card_id);
  row->card = static_cast<std::size_t>(card - cards.begin());
  row->way = 0;
  return {};
}

Status Choosing::use_way(std::string_view credential_id, std::size_t way) {
  Row* row = find(credential_id);
  if (row == nullptr) return not_offered(credential_id);
  const auto& ways = row->credential->cards[row->card].ways;
  const auto found = std::ranges::find(ways, way, &oid4vp::AskedCard::way);
  if (found == ways.end()) return not_offered(std::to_string(way));
  row->way = static_cast<std::size_t>(found - ways.begin());
  return {};
}

bool Choosing::is_chosen(std::string_view credential_id, bool required) const {
  const auto& sets = question_.ask.choices.sets;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].required == required && options_[i] && has(sets[i].options[*options_[i]], credential_id)) return true;
  }
  return false;
}

bool Choosing::is_required(std::string_view credential_id) const {
  return is_chosen(credential_id, true);
}

std::vector<const oid4vp::AskedCard*> Choosing::shown() const {
  std::vector<const oid4vp::AskedCard*> shown;
  for (const Row& row : rows_) {
    const std::string& id = row.credential->credential_id;
    if (is_chosen(id, true) || is_chosen(id, false)) shown.push_back(&row.shown());
  }
  return shown;
}

std::vector<PickedCard> Choosing::choice() const {
  std::vector<PickedCard> choice;
  for (const oid4vp::AskedCard* one : shown()) {
    choice.push_back(
        {.credential_id = one->credential_id, .card_id = question_.held[one->card].card.id, .way = one->way});
  }
  return choice;
}

}  // namespace mibun::wallet
