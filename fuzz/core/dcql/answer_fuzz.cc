// {"query": {...}, "format", "cards": [{claims}, ...]}: a query and what several cards of one type say. Whoever answers
// with exactly what was selected is taken by the verifier, who finds nothing missing and nothing too much.
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/dcql/answer.h"
#include "core/dcql/choose.h"

using namespace mibun;

namespace {

constexpr json::Limits kLimits{.values_max = 5000};

using Shown = std::unordered_set<const json::Value*>;

// What stands at the path, which leads through objects and arrays only.
const json::Value* at(const json::Object& claims, const dcql::ClaimPath& path) {
  const json::Value* value = nullptr;
  for (const sd_jwt::PathStep& step : path.steps()) {
    const auto* name = std::get_if<std::string>(&step);
    if (value == nullptr) {
      value = &claims.at(*name);
    } else {
      value = name != nullptr ? &value->as_object().at(*name) : &value->as_array().at(std::get<std::uint64_t>(step));
    }
  }
  return value;
}

// Of `value` what is shown; array elements that are left out let the others move up, as in an SD-JWT.
std::optional<json::Value> project(const json::Value& value, const Shown& shown, std::size_t depth) {
  if (shown.contains(&value)) return value;
  if (depth == sd_jwt::kPathStepsMax) return std::nullopt;
  if (const json::Array* array = value.if_array()) {
    json::Array elements;
    for (const json::Value& element : *array) {
      if (auto part = project(element, shown, depth + 1)) elements.push_back(std::move(*part));
    }
    if (!elements.empty()) return elements;
  } else if (const json::Object* object = value.if_object()) {
    json::Object members;
    for (const auto& member : *object) {
      if (auto part = project(member.value(), shown, depth + 1)) members[member.key()] = std::move(*part);
    }
    if (!members.empty()) return members;
  }
  return std::nullopt;
}

json::Object shown_of(const json::Object& claims, const std::vector<dcql::ClaimPath>& disclosed) {
  Shown shown;
  for (const dcql::ClaimPath& path : disclosed) shown.insert(at(claims, path));
  json::Object members;
  for (const auto& member : claims) {
    if (auto part = project(member.value(), shown, 1)) members[member.key()] = std::move(*part);
  }
  return members;
}

std::vector<dcql::Card> cards_of(const json::Object& input) {
  const json::Value* format = input.if_contains("format");
  const json::Value* claims = input.if_contains("cards");
  std::vector<dcql::Card> cards;
  if (claims == nullptr || !claims->is_array()) return cards;
  for (const json::Value& entry : claims->get_array()) {
    if (!entry.is_object() || cards.size() == 8) continue;
    dcql::Card& card = cards.emplace_back();
    if (format != nullptr && format->is_string()) card.format = std::string(format->get_string());
    card.types = {"v"};
    card.holder_bound = true;
    card.claims = &entry.get_object();
  }
  return cards;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = json::parse_object(as_text({data, size}), kLimits);
  if (!input) return 0;
  const json::Value* text = input->if_contains("query");
  if (text == nullptr || !text->is_object()) return 0;
  const auto query = dcql::Query::parse(text->get_object());
  if (!query) return 0;
  const std::vector<dcql::Card> cards = cards_of(*input);
  const auto found = dcql::find_candidates(*query, cards);

  // Every candidate with every claim set that it satisfies.
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const dcql::Candidate& candidate : found[i].candidates) {
      if (dcql::satisfied_claim_sets(query->credentials()[i], cards[candidate.card]) != candidate.claim_sets)
        std::abort();
    }
  }
  std::vector<dcql::Pick> before;
  for (const auto order : {dcql::Preference::Order::verifier, dcql::Preference::Order::least_revealing}) {
    const auto picks = dcql::propose(*query, cards, found, {.order = order, .sensitivity = {}});
    if (!picks || picks->empty() || *picks == before) continue;
    before = *picks;
    const auto selections = dcql::check_selection(*query, cards, *picks);
    if (!selections) std::abort();
    std::deque<json::Object> shown;
    dcql::Answer answer;
    for (const dcql::Selection& one : *selections) {
      dcql::Card card = cards[one.card];
      card.claims = &shown.emplace_back(shown_of(*cards[one.card].claims, one.choice.disclosed));
      answer[query->credentials()[one.credential].id].push_back(
          {.card = std::move(card), .disclosed = one.choice.disclosed, .credential = "one of each"});
    }
    if (!dcql::check_answer(*query, answer, dcql::ExcessPolicy::refuse)) std::abort();
  }
  return 0;
}
