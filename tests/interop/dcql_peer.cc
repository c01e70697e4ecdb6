// Our side of the DCQL comparison.
//   {"do": "match", "query": {...}, "cards": [card, ...]} -> {"fitting": {id: {card's place: [claim sets]}},
//   "satisfied"}
//   {"do": "check", "query": {...}, "presentations": {id: [card, ...]}} -> {"satisfied": true}
// A card: {"format", "types": [...], "holder_bound", "authorities": [{"type", "values"}, ...], "claims": {...}}
#include <deque>
#include <string>

#include "core/dcql/answer.h"
#include "core/dcql/choose.h"
#include "tests/interop/peer.h"

namespace {

using namespace mibun;
using interop::Answer, interop::serve;

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

Result<dcql::Query> read_query(json::ObjectReader& command) {
  MIBUN_TRY(const json::Object* query, command.object("query"));
  return dcql::Query::parse(*query);
}

Answer match(json::ObjectReader& command) {
  MIBUN_TRY(const dcql::Query query, read_query(command));
  MIBUN_TRY(const json::Array* array, command.array("cards"));
  MIBUN_TRY(const std::vector<dcql::Card> cards, read_cards(*array));
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

Answer check(json::ObjectReader& command) {
  MIBUN_TRY(const dcql::Query query, read_query(command));
  MIBUN_TRY(const json::Object* presentations, command.object("presentations"));
  std::deque<std::string> names;  // every presentation is a credential of its own
  dcql::Answer answer;
  for (const auto& member : *presentations) {
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

}  // namespace

int main() {
  return serve({{"match", match}, {"check", check}});
}
