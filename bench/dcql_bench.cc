// DCQL: reading a query, and finding who answers it among a hundred cards. dcql_bench [--benchmark_...]
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/dcql/answer.h"
#include "core/dcql/choose.h"

namespace {

using namespace mibun;

constexpr std::string_view kQuery = R"({"credentials":[{"id":"pid","format":"dc+sd-jwt",
  "meta":{"vct_values":["urn:example:card:1"]},
  "claims":[{"id":"a","path":["family_name"]},{"id":"b","path":["given_name"]},{"id":"c","path":["birthdate"]},
            {"id":"d","path":["address","locality"]},{"id":"e","path":["nationalities",null],"values":["JP","DE"]}],
  "claim_sets":[["a","b","c","d","e"],["a","b","c"],["a","e"]]}]})";

json::Object parse(std::string_view text) {
  auto object = json::parse_object(text);
  MIBUN_INVARIANT(object.has_value());
  return std::move(*object);
}

dcql::Query make_query() {
  auto query = dcql::Query::parse(parse(kQuery));
  MIBUN_INVARIANT(query.has_value());
  return std::move(*query);
}

// A hundred cards of 22 claims, `fitting` of them of the type asked for.
struct Box {
  explicit Box(int fitting) {
    claims.reserve(kCards);
    for (int i = 0; i < kCards; ++i) {
      json::Object& card = claims.emplace_back(parse(R"({"family_name":"F","given_name":"G","birthdate":"1990-01-02",
          "address":{"locality":"L","region":"R","country":"JP"},"nationalities":["FR","JP"]})"));
      for (int claim = 0; claim < 17; ++claim) card["claim_name_" + std::to_string(claim)] = claim;
      const char* type = i < fitting ? "urn:example:card:1" : "urn:example:card:2";
      cards.push_back({.types = {type}, .holder_bound = true, .claims = &card});
    }
  }
  static constexpr int kCards = 100;
  std::vector<json::Object> claims;
  std::vector<dcql::Card> cards;
};

void parse_query(benchmark::State& state) {
  const json::Object object = parse(kQuery);
  for (auto _ : state) {
    auto parsed = dcql::Query::parse(object);
    if (!parsed) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parsed);
  }
}
BENCHMARK(parse_query)->Unit(benchmark::kMicrosecond);

void parse_query_from_text(benchmark::State& state) {
  for (auto _ : state) {
    auto parsed = dcql::Query::parse(*json::parse_object(kQuery));
    if (!parsed) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parsed);
  }
}
BENCHMARK(parse_query_from_text)->Unit(benchmark::kMicrosecond);

// Argument: how many of the hundred cards are of the type asked for.
void find_candidates_of_100_cards(benchmark::State& state) {
  const dcql::Query wanted = make_query();
  const Box box(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto found = dcql::find_candidates(wanted, box.cards);
    if (found[0].candidates.size() != static_cast<std::size_t>(state.range(0))) state.SkipWithError("not all found");
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(find_candidates_of_100_cards)->Arg(2)->Arg(100)->Unit(benchmark::kMicrosecond);

// Everything a wallet does between the query and the holder's screen.
void select_from_100_cards(benchmark::State& state) {
  const dcql::Query wanted = make_query();
  const Box box(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto selections = dcql::select_cards(wanted, box.cards, dcql::find_candidates(wanted, box.cards));
    if (!selections) state.SkipWithError("nothing selected");
    benchmark::DoNotOptimize(selections);
  }
}
BENCHMARK(select_from_100_cards)->Arg(2)->Arg(100)->Unit(benchmark::kMicrosecond);

void least_revealing_of_100_cards(benchmark::State& state) {
  const dcql::Query wanted = make_query();
  const Box box(100);
  const auto found = dcql::find_candidates(wanted, box.cards);
  for (auto _ : state) {
    auto picks =
        dcql::propose(wanted, box.cards, found, {.order = dcql::Preference::Order::least_revealing, .sensitivity = {}});
    if (!picks) state.SkipWithError("nothing proposed");
    benchmark::DoNotOptimize(picks);
  }
}
BENCHMARK(least_revealing_of_100_cards)->Unit(benchmark::kMicrosecond);

// The verifier's side, signatures aside.
void check_answer(benchmark::State& state) {
  const dcql::Query wanted = make_query();
  const Box box(1);
  dcql::Answer answer;
  answer["pid"].push_back({.card = box.cards[0], .disclosed = {dcql::ClaimPath::of("family_name")}, .credential = "x"});
  for (auto _ : state) {
    auto excess = dcql::check_answer(wanted, answer, dcql::ExcessPolicy::refuse);
    if (!excess) state.SkipWithError("refused");
    benchmark::DoNotOptimize(excess);
  }
}
BENCHMARK(check_answer)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
