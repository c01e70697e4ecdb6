// Our side of the DCQL comparison: one JSON command per line on standard input, one JSON answer per line on standard
// output, {"error": code} for a refusal.
//   {"query": {...}, "cards": [card, ...]}              -> {"fitting": {id: {card's place: [claim sets]}}, "satisfied"}
//   {"query": {...}, "presentations": {id: [card, ...]}} -> {"satisfied": true}
// A card: {"format", "types": [...], "holder_bound", "authorities": [{"type", "values"}, ...], "claims": {...}}
#include <deque>
#include <iostream>
#include <string>

#include "core/dcql/answer.h"
#include "core/dcql/choose.h"

namespace {

using namespace mibun;
using Answer = Result<json::Object>;

constexpr json::Limits kLimits{.bytes_max = 1 << 20};

Result<dcql::Card> read_card(const json::Object& object) {
  json::ObjectReader reader(object, "card");
  dcql::Card card;
  MIBUN_TRY(card.format, reader.string("format"));
  MIBUN_TRY(const json::Array* types, reader.array("types"));
  MIBUN_TRY(card.types, json::string_array(*types, "types"));
  MIBUN_TRY(card.holder_bound, reader.boolean("holder_bound"));
  MIBUN_TRY(const json::Array* authorities, reader.array("authorities"));
  for (const json::Value& entry : *authorities) {
    json::ObjectReader authority(entry.as_object(), "authority");
    MIBUN_TRY(const std::string_view type, authority.string("type"));
    MIBUN_TRY(const json::Array* array, authority.array("values"));
    MIBUN_TRY(std::vector<std::string> values, json::string_array(*array, "values"));
    if (type == "aki") {
      card.authority_key_ids = std::move(values);
    } else {
      card.frameworks.push_back({std::string(type), std::move(values)});
    }
  }
  MIBUN_TRY(card.claims, reader.object("claims"));
  return card;
}

Result<std::vector<dcql::Card>> read_cards(const json::Array& array) {
  std::vector<dcql::Card> cards;
  for (const json::Value& entry : array) {
    MIBUN_TRY(dcql::Card card, read_card(entry.as_object()));
    cards.push_back(std::move(card));
  }
  return cards;
}

Answer match(const dcql::Query& query, const json::Array& array) {
  MIBUN_TRY(const std::vector<dcql::Card> cards, read_cards(array));
  const auto found = dcql::find_candidates(query, cards);
  json::Object fitting;
  for (const dcql::Candidates& one : found) {
    json::Object& places = fitting[one.credential_id].emplace_object();
    for (const dcql::Candidate& candidate : one.candidates) {
      json::Array& sets = places[std::to_string(candidate.card)].emplace_array();
      for (std::size_t set = 0; set < dcql::kAlternativesMax; ++set) {
        if (candidate.satisfies(set)) sets.push_back(json::Value(set));
      }
    }
  }
  return json::Object{{"fitting", std::move(fitting)}, {"satisfied", dcql::propose(query, cards, found).has_value()}};
}

Answer check(const dcql::Query& query, const json::Object& presentations) {
  std::deque<std::string> names;  // every presentation is a credential of its own
  dcql::Answer answer;
  for (const auto& member : presentations) {
    MIBUN_TRY(std::vector<dcql::Card> cards, read_cards(member.value().as_array()));
    std::vector<dcql::Presented>& presented = answer[std::string(member.key())];
    for (dcql::Card& card : cards) {
      const std::string& name = names.emplace_back(std::to_string(names.size()));
      presented.push_back({.card = std::move(card), .disclosed = {}, .credential = name});
    }
  }
  MIBUN_TRY([[maybe_unused]] const auto excess, dcql::check_answer(query, answer, dcql::ExcessPolicy::report));
  return json::Object{{"satisfied", true}};
}

Answer answer(std::string_view line) {
  MIBUN_TRY(const json::Object object, json::parse_object(line, kLimits));
  json::ObjectReader command(object, "command");
  MIBUN_TRY(const json::Object* text, command.object("query"));
  MIBUN_TRY(const dcql::Query query, dcql::Query::parse(*text));
  MIBUN_TRY(const json::Array* cards, command.optional_array("cards"));
  if (cards != nullptr) return match(query, *cards);
  MIBUN_TRY(const json::Object* presentations, command.object("presentations"));
  return check(query, *presentations);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const Answer result = answer(line);
    const json::Object out =
        result ? *result : json::Object{{"error", to_string(result.error().code)}, {"where", result.error().where}};
    std::cout << json::serialize(out) << std::endl;
  }
  return 0;
}
