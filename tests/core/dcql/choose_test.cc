#include "core/dcql/choose.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "tests/core/dcql/worlds.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::dcql;

namespace {

const Preference kLeast{.order = Preference::Order::least_revealing, .sensitivity = {}};

// "credential:card:claim_set " for each.
std::string texts(const std::vector<Pick>& picks) {
  std::string text;
  for (const Pick& pick : picks) {
    text +=
        std::to_string(pick.credential) + ":" + std::to_string(pick.card) + ":" + std::to_string(pick.claim_set) + " ";
  }
  return text;
}

std::string proposal(const Query& query, const std::vector<Card>& cards, const Preference& preference) {
  const auto picks = propose(query, cards, find_candidates(query, cards), preference);
  return picks ? texts(*picks) : std::string(to_string(picks.error().code));
}

std::string checked(const Query& query, const std::vector<Card>& cards, const std::vector<Pick>& picks) {
  const auto selections = check_selection(query, cards, picks);
  return selections ? "ok" : std::string(to_string(selections.error().code)) + " " + selections.error().where;
}

// {"credentials": [{"id": "a", ...}, ...] over vct "a", "b" ..., and the sets given.
Query letters(int count, std::string_view sets, std::string_view members = "") {
  std::string credentials;
  for (int i = 0; i < count; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    credentials += std::string(i == 0 ? "" : ",") + R"({"id":")" + name +
                   R"(","format":"dc+sd-jwt","meta":{"vct_values":[")" + name + R"("]})" + std::string(members) + "}";
  }
  return parse_query(R"({"credentials":[)" + credentials + "]" +
                     (sets.empty() ? "" : R"(,"credential_sets":)" + std::string(sets)) + "}");
}

}  // namespace

TEST_CASE("the verifier's preference, or what reveals least") {
  Wallet wallet;
  wallet.add("a", R"({"name":"N","address":{"city":"C","street":"S","zip":1},"list":[1,2]})")
      .add("b", R"({"name":"N","city":"C"})")
      .add("a", R"({"name":"N","address":{"city":"C"},"list":[]})");
  struct Row {
    std::string_view why, query, verifier, least;
  };
  static constexpr Row rows[] = {
      {"one card, one way",
       R"([{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["b"]},"claims":[{"path":["name"]}]}])", "0:1:0 ",
       "0:1:0 "},
      {"a whole object is all that is in it",
       R"([{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["a"]},
           "claims":[{"id":"w","path":["address"]},{"id":"n","path":["name"]},{"id":"l","path":["list"]}],
           "claim_sets":[["w","n"],["l","n"]]}])",
       "0:2:0 ", "0:2:0 "},  // card 2: one value in the address, an empty list; the earlier set of the two
      {"a card with a shorter address",
       R"([{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["a"]},"claims":[{"path":["address"]}]}])", "0:2:0 ",
       "0:2:0 "},
      {"fewer claims in a later set",
       R"([{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["b"]},
           "claims":[{"id":"n","path":["name"]},{"id":"c","path":["city"]}],"claim_sets":[["n","c"],["c"]]}])",
       "0:1:0 ", "0:1:1 "},
      {"what was shown already costs nothing: the second query takes the card and the claims of the first",
       R"([{"id":"p","format":"dc+sd-jwt","meta":{"vct_values":["a"]},"claims":[{"path":["address","street"]},{"path":["address","city"]}]},
           {"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["a"]},
            "claims":[{"id":"n","path":["name"]},{"id":"c","path":["address"]}],"claim_sets":[["n"],["c"]]}])",
       "0:0:0 1:0:0 ", "0:0:0 1:0:0 "},
      {"joint minimum: the dearer way for one is the cheaper for both",
       R"([{"id":"p","format":"dc+sd-jwt","meta":{"vct_values":["a"]},
            "claims":[{"id":"n","path":["name"]},{"id":"c","path":["address","street"]},{"id":"z","path":["address","zip"]}],
            "claim_sets":[["n"],["c","z"]]},
           {"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["a"]},
            "claims":[{"path":["address","street"]},{"path":["address","zip"]}]}])",
       "0:0:0 1:0:0 ", "0:0:1 1:0:0 "},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const Query query = parse_query(R"({"credentials":)" + std::string(row.query) + "}");
    CHECK(proposal(query, wallet.cards(), {}) == row.verifier);
    CHECK(proposal(query, wallet.cards(), kLeast) == row.least);
  }
}

TEST_CASE("of ways that reveal as much the less sensitive one is taken") {
  Wallet wallet;
  wallet.add("a", R"({"birth":"1990-01-02","adult":true,"city":"C"})");
  const Query query = parse_query(R"({"credentials":[{"id":"q","format":"dc+sd-jwt","meta":{},
      "claims":[{"id":"b","path":["birth"]},{"id":"x","path":["adult"]},{"id":"c","path":["city"]}],
      "claim_sets":[["b"],["c"],["x"],["b","c"]]}]})");
  const auto by = [](std::map<std::string, unsigned> levels) {
    return Preference{.order = Preference::Order::least_revealing,
                      .sensitivity = [levels](const CredentialQuery&, const ClaimPath& path) {
                        return levels.at(std::get<std::string>(path.steps().front()));
                      }};
  };
  CHECK(proposal(query, wallet.cards(), kLeast) == "0:0:0 ");
  CHECK(proposal(query, wallet.cards(), by({{"birth", 9}, {"adult", 1}, {"city", 5}})) == "0:0:2 ");
  CHECK(proposal(query, wallet.cards(), by({{"birth", 9}, {"adult", 8}, {"city", 7}})) == "0:0:1 ");
  CHECK(proposal(query, wallet.cards(), by({{"birth", 3}, {"adult", 3}, {"city", 3}})) == "0:0:0 ");
}

TEST_CASE("optional sets are offered and not preselected; what stands in the way of a required one is seen") {
  const Query query = letters(5, R"([{"options":[["a"],["b","c"]]},{"options":[["d"],["e"]],"required":false}])");
  Wallet wallet;
  wallet.add("b", "{}").add("c", "{}").add("e", "{}");
  const auto found = find_candidates(query, wallet.cards());
  CHECK(proposal(query, wallet.cards(), {}) == "1:0:0 2:1:0 ");
  const auto offers = offered_sets(query, found);
  REQUIRE(offers.size() == 2);
  CHECK(offers[0].required);
  CHECK(offers[0].options == std::vector<std::size_t>{1});
  CHECK(!offers[1].required);
  CHECK(offers[1].options == std::vector<std::size_t>{1});
  CHECK(offered_sets(letters(2, ""), find_candidates(letters(2, ""), wallet.cards())).empty());

  Wallet half;
  half.add("b", "{}").add("e", "{}");
  CHECK(proposal(query, half.cards(), {}) == "dcql_not_satisfied");
  CHECK(offered_sets(query, find_candidates(query, half.cards()))[0].options.empty());

  const Query optional = letters(1, R"([{"options":[["a"]],"required":false}])");
  Wallet one;
  one.add("a", "{}");
  CHECK(proposal(optional, one.cards(), {}) == "");
  CHECK(proposal(optional, one.cards(), kLeast) == "");
  CHECK(code_of(select_cards(optional, one.cards(), find_candidates(optional, one.cards()))) ==
        ErrorCode::dcql_not_satisfied);
  CHECK(checked(optional, one.cards(), {{}}) == "ok");
}

TEST_CASE("every way to answer, what reveals least first; what shows the same of a card stands there once") {
  Wallet wallet;
  wallet.add("a", R"({"name":"N","city":"C","address":{"city":"C"}})")
      .add("b", R"({"name":"N"})")
      .add("a", R"({"name":"M","city":"D"})");
  const Query query = parse_query(R"({"credentials":[
      {"id":"p","format":"dc+sd-jwt","meta":{"vct_values":["b"]}},
      {"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["a"]},
       "claims":[{"id":"n","path":["name"]},{"id":"c","path":["city"]},{"id":"w","path":["address"]},
                 {"id":"i","path":["address","city"]}],
       "claim_sets":[["n","c"],["c"],["w"],["i"],["c","n"]]}]})");
  const auto found = find_candidates(query, wallet.cards());
  CHECK(texts(ways_to_answer(query, wallet.cards(), found, 1)) == "1:0:1 1:2:1 1:0:2 1:0:0 1:2:0 ");
  CHECK(texts(ways_to_answer(query, wallet.cards(), found, 0)) == "0:1:0 ");

  for (const Pick& pick : ways_to_answer(query, wallet.cards(), found, 1)) {
    const Selection selection = must(look_at(query, wallet.cards(), pick));
    CHECK(selection.card == pick.card);
    CHECK(selection.claim_set == pick.claim_set);
    CHECK(selection.choice.disclosed.size() == (pick.claim_set == 0 ? 2 : 1));
  }
  for (const Pick& pick : {Pick{2, 0, 0}, Pick{1, 3, 0}, Pick{1, 1, 0}, Pick{1, 2, 2}, Pick{1, 0, 9}}) {
    CHECK(code_of(look_at(query, wallet.cards(), pick)) == ErrorCode::dcql_bad_selection);
  }
}

TEST_CASE("multiple: all fitting cards are offered, one is proposed, the holder picks") {
  Wallet wallet;
  wallet.add("a", R"({"x":1})").add("a", R"({"x":2})").add("b", R"({"x":2})");
  for (const bool multiple : {false, true}) {
    const Query query = letters(1, "", multiple ? R"(,"multiple":true)" : "");
    const auto found = find_candidates(query, wallet.cards());
    CHECK(found[0].candidates.size() == 2);
    CHECK(proposal(query, wallet.cards(), {}) == "0:0:0 ");
    CHECK(checked(query, wallet.cards(), {{0, 1, 0}}) == "ok");
    CHECK(checked(query, wallet.cards(), {{0, 0, 0}, {0, 1, 0}}) ==
          (multiple ? "ok" : "dcql_bad_selection selection[1]"));
    CHECK(checked(query, wallet.cards(), {{0, 0, 0}, {0, 0, 0}}) == "dcql_bad_selection selection[1]");
  }
}

TEST_CASE("a holder's selection that must not be sent") {
  const Query query =
      letters(4, R"([{"options":[["a"],["b","c"]]},{"options":[["d"]],"required":false}])",
              R"(,"claims":[{"id":"x","path":["x"]},{"id":"y","path":["y"]}],"claim_sets":[["x","y"],["x"]])");
  Wallet wallet;
  wallet.add("a", R"({"x":1,"y":1})")
      .add("b", R"({"x":1})")
      .add("c", R"({"x":1})")
      .add("d", R"({"x":1})")
      .add("a", "{}");
  struct Row {
    std::string_view why;
    std::vector<Pick> picks;
    std::string_view want;
  };
  const Row rows[] = {
      {"first option", {{0, 0, 0}}, "ok"},
      {"its second claim set", {{0, 0, 1}}, "ok"},
      {"second option", {{1, 1, 1}, {2, 2, 1}}, "ok"},
      {"in another order", {{2, 2, 1}, {1, 1, 1}}, "ok"},
      {"with the optional one", {{0, 0, 1}, {3, 3, 1}}, "ok"},
      {"nothing", {}, "dcql_not_satisfied selection"},
      {"half an option", {{1, 1, 1}}, "dcql_not_satisfied selection"},
      {"only what is optional", {{3, 3, 1}}, "dcql_not_satisfied selection"},
      {"an option and half of another", {{0, 0, 1}, {1, 1, 1}}, "dcql_bad_selection selection[1]"},
      {"both options", {{0, 0, 1}, {1, 1, 1}, {2, 2, 1}}, "dcql_bad_selection selection[0]"},
      {"no such credential", {{4, 0, 0}}, "dcql_bad_selection selection[0]"},
      {"no such card", {{0, 5, 0}}, "dcql_bad_selection selection[0]"},
      {"no such claim set", {{0, 0, 2}}, "dcql_bad_selection selection[0]"},
      {"claim set far away", {{0, 0, 64}}, "dcql_bad_selection selection[0]"},
      {"claims the card lacks", {{1, 1, 0}, {2, 2, 1}}, "dcql_bad_selection selection[0]"},
      {"another type's card", {{0, 1, 1}}, "dcql_bad_selection selection[0]"},
      {"a card without the claims", {{0, 4, 1}}, "dcql_bad_selection selection[0]"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(checked(query, wallet.cards(), row.picks) == row.want);
  }
}

TEST_CASE("a selection says what is asked, shown and kept") {
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":{"doctype_value":"d"},
      "claims":[{"path":["n","x"],"intent_to_retain":true},{"path":["n","y"],"intent_to_retain":false},{"path":["n","z"]}]}]})");
  Wallet wallet;
  wallet.add("d", R"({"n":{"x":1,"y":2,"z":3}})").last().format = kMdocFormat;
  const std::vector<Pick> picks = {{}};
  const auto selection = must(check_selection(query, wallet.cards(), picks));
  CHECK(dcql::texts(selection[0].choice.asked) == R"(["n","x"]["n","y"]["n","z"])");
  CHECK(dcql::texts(selection[0].choice.disclosed) == R"(["n","x"]["n","y"]["n","z"])");
  CHECK(dcql::texts(selection[0].choice.retained) == R"(["n","x"])");
}

TEST_CASE("what several claims ask for is shown once") {
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["t"]},
      "claims":[{"path":["l",1]},{"path":["l",null]},{"path":["l",0]}]}]})");
  Wallet wallet;
  wallet.add("t", R"({"l":["x","y","z"]})");
  const std::vector<Pick> picks = {{}};
  const auto selection = must(check_selection(query, wallet.cards(), picks));
  CHECK(dcql::texts(selection[0].choice.disclosed) == R"(["l",1]["l",0]["l",2])");
}

TEST_CASE("a hostile query is chosen from in bounded time") {
  // 20 credential queries with 50 sets of 50 options: 50^50 combinations.
  std::string sets;
  for (int set = 0; set < 50; ++set) {
    std::string options;
    for (int option = 0; option < 50; ++option) {
      const char first = static_cast<char>('a' + option % 20),
                 second = static_cast<char>('a' + (option * 7 + set) % 20);
      options += (option == 0 ? "[\"" : ",[\"") + std::string(1, first) + "\",\"" + std::string(1, second) + "\"]";
    }
    sets += (set == 0 ? "" : ",") + std::string(R"({"options":[)") + options + "]}";
  }
  const Query query = letters(20, "[" + sets + "]", R"(,"claims":[{"path":["x"]},{"path":["y"]}])");
  Wallet wallet;
  for (int i = 0; i < 100; ++i) wallet.add(std::string(1, static_cast<char>('a' + i % 20)), R"({"x":1,"y":[1,2]})");
  const auto found = find_candidates(query, wallet.cards());
  for (const Preference& preference : {Preference{}, kLeast}) {
    const auto picks = must(propose(query, wallet.cards(), found, preference));
    CHECK(check_selection(query, wallet.cards(), picks).has_value());
  }
}

// Every list of two claim sets over six claims, and every card that has a subset of the six.
TEST_CASE("six claims: the wallet's choice is the first set that the card has, or the smallest") {
  json::Array claims_asked;
  for (int i = 0; i < 6; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    claims_asked.push_back(json::Object{{"id", name}, {"path", json::Array{name}}});
  }
  std::vector<json::Object> worlds(64);
  std::vector<Card> cards;
  for (unsigned subset = 0; subset < 64; ++subset) {
    for (unsigned i = 0; i < 6; ++i) {
      if ((subset >> i) & 1U) worlds[subset][std::string(1, static_cast<char>('a' + i))] = i;
    }
    cards.push_back({.types = {"v"}, .holder_bound = true, .claims = &worlds[subset]});
  }
  const auto as_ids = [](unsigned subset) {
    json::Array ids;
    for (unsigned i = 0; i < 6; ++i) {
      if ((subset >> i) & 1U) ids.push_back(json::Value(std::string(1, static_cast<char>('a' + i))));
    }
    return ids;
  };
  int answered = 0;
  for (unsigned first = 1; first < 64; ++first) {
    for (unsigned second = 1; second < 64; ++second) {
      const Query query = must(Query::parse({{"credentials",
                                              {{{"id", "q"},
                                                {"format", "dc+sd-jwt"},
                                                {"meta", json::Object{}},
                                                {"claims", claims_asked},
                                                {"claim_sets", json::Array{as_ids(first), as_ids(second)}}}}}}));
      const auto found = find_candidates(query, cards);
      std::set<std::size_t> fitting;
      for (const Candidate& candidate : found[0].candidates) {
        fitting.insert(candidate.card);
        const bool has_first = (first & ~candidate.card) == 0, has_second = (second & ~candidate.card) == 0;
        CHECK(candidate.satisfies(0) == has_first);
        CHECK(candidate.satisfies(1) == has_second);
        CHECK(candidate.revealed == static_cast<std::size_t>(std::popcount(has_first ? first : second)));
      }
      for (unsigned card = 0; card < 64; ++card) {
        CHECK(fitting.contains(card) == ((first & ~card) == 0 || (second & ~card) == 0));
      }
      const auto least = must(propose(query, cards, found, kLeast));
      CHECK(least[0].claim_set == (std::popcount(second) < std::popcount(first) ? 1 : 0));
      answered += static_cast<int>(fitting.size());
    }
  }
  CHECK(answered > 10'000);
}

// Four credential queries a to d, every pair of sets over a few options, required or not, and every set of cards held:
// the proposal and what the holder may send are compared with trying everything out.
TEST_CASE("four credential queries: proposals and selections agree with trying everything out") {
  struct Set {
    std::string_view text;
    std::vector<unsigned> options;  // bit 0: a ...
  };
  const Set sets[] = {
      {R"([["a"]])", {1}},
      {R"([["a"],["b"]])", {1, 2}},
      {R"([["a","b"],["c"]])", {3, 4}},
      {R"([["a"],["a","b"]])", {1, 3}},
      {R"([["b","c"],["c","d"],["d"]])", {6, 12, 8}},
      {R"([["a","b","c","d"],["b","d"]])", {15, 10}},
  };
  // A card of each type, revealing 1, 2, 3, 4 values; "multiple" is never said, so a selection is a subset of a to d.
  constexpr std::string_view kClaims[] = {R"({"x":1})", R"({"x":[1,2]})", R"({"x":[1,2,3]})", R"({"x":[1,2,3,4]})"};
  int satisfied = 0, sent = 0;
  for (const Set& one : sets) {
    for (const Set& two : sets) {
      for (unsigned required = 0; required < 4; ++required) {
        const auto is_required = [&](unsigned set) { return ((required >> set) & 1U) != 0; };
        const auto text_of = [&](const Set& set, unsigned place) {
          return R"({"options":)" + std::string(set.text) + R"(,"required":)" +
                 (is_required(place) ? "true}" : "false}");
        };
        const Query query =
            letters(4, "[" + text_of(one, 0) + "," + text_of(two, 1) + "]", R"(,"claims":[{"path":["x"]}])");
        // Is there an option for each set (none only where it is optional), together exactly `chosen`? And one by one
        // each set must be answered where it can be by what was chosen.
        const auto may_send = [&](unsigned chosen) {
          if (chosen == 0) return false;
          const auto choices = [&](const Set& set) {
            std::vector<unsigned> fitting;
            for (const unsigned option : set.options) {
              if ((option & ~chosen) == 0) fitting.push_back(option);
            }
            return fitting;
          };
          auto firsts = choices(one), seconds = choices(two);
          if (firsts.empty() && !is_required(0)) firsts.push_back(0);
          if (seconds.empty() && !is_required(1)) seconds.push_back(0);
          for (const unsigned a : firsts) {
            for (const unsigned b : seconds) {
              if ((a | b) == chosen) return true;
            }
          }
          return false;
        };
        const auto meets_required = [&](unsigned chosen) {
          const auto meets = [&](const Set& set) {
            return std::ranges::any_of(set.options, [&](unsigned option) { return (option & ~chosen) == 0; });
          };
          return (!is_required(0) || meets(one)) && (!is_required(1) || meets(two));
        };
        for (unsigned held = 0; held < 16; ++held) {
          Wallet wallet;
          std::vector<std::size_t> card_of(4);
          for (unsigned i = 0; i < 4; ++i) {
            if (((held >> i) & 1U) == 0) continue;
            card_of[i] = wallet.cards().size();
            wallet.add(std::string(1, static_cast<char>('a' + i)), kClaims[i]);
          }
          const auto found = find_candidates(query, wallet.cards());
          const auto proposed = propose(query, wallet.cards(), found);
          const auto least = propose(query, wallet.cards(), found, kLeast);
          REQUIRE(proposed.has_value() == meets_required(held));
          REQUIRE(least.has_value() == meets_required(held));

          unsigned best = 1000;
          for (unsigned chosen = 0; chosen < 16; ++chosen) {
            if ((chosen & ~held) != 0) continue;
            std::vector<Pick> picks;
            unsigned values = 0;
            for (unsigned i = 0; i < 4; ++i) {
              if (((chosen >> i) & 1U) == 0) continue;
              picks.push_back({.credential = i, .card = card_of[i], .claim_set = 0});
              values += i + 1;
            }
            const auto selected = check_selection(query, wallet.cards(), picks);
            CHECK(selected.has_value() == may_send(chosen));
            if (!selected) {
              const bool enough = chosen != 0 && meets_required(chosen);
              CHECK(selected.error().code == (enough ? ErrorCode::dcql_bad_selection : ErrorCode::dcql_not_satisfied));
            }
            sent += selected.has_value() ? 1 : 0;
            if (meets_required(chosen)) best = std::min(best, values);
          }
          if (!proposed) continue;
          ++satisfied;
          // What is proposed may be sent, unless the holder must choose first, and it is the least there is.
          CHECK((proposed->empty() || check_selection(query, wallet.cards(), *proposed).has_value()));
          unsigned values = 0;
          for (const Pick& pick : *least) values += static_cast<unsigned>(pick.credential) + 1;
          CHECK(values == best);
        }
      }
    }
  }
  CHECK(satisfied > 500);
  CHECK(sent > 500);
}

// Two credential queries over three cards with overlapping claims: the search against every pick of both.
TEST_CASE("least revealing over cards and claim sets is the minimum of all answers") {
  Wallet wallet;
  wallet.add("v", R"({"a":1,"b":[1,2],"c":{"x":1,"y":2},"d":1})")
      .add("v", R"({"a":1,"b":[],"c":{"x":1},"d":[1,2,3]})")
      .add("v", R"({"a":[1,2],"b":1,"d":1})");
  const std::string names = "abcd";
  const auto levels = [](const CredentialQuery&, const ClaimPath& path) {
    return static_cast<unsigned>(std::get<std::string>(path.steps().front())[0]) * 7 % 5;
  };
  int compared = 0;
  for (unsigned sets = 1; sets < 16 * 16 * 16; sets += 5) {
    // Four bits each: two claim sets of the first query, one of the second.
    const unsigned masks[] = {sets & 15U, (sets >> 4) & 15U, (sets >> 8) & 15U};
    if (masks[0] == 0 || masks[1] == 0 || masks[2] == 0) continue;
    const auto set_text = [&](unsigned mask) {
      std::string ids;
      for (unsigned i = 0; i < 4; ++i) {
        if ((mask >> i) & 1U) ids += std::string(ids.empty() ? "\"" : ",\"") + names[i] + "\"";
      }
      return "[" + ids + "]";
    };
    const std::string claims =
        R"("claims":[{"id":"a","path":["a"]},{"id":"b","path":["b"]},{"id":"c","path":["c"]},{"id":"d","path":["d"]}])";
    const Query query =
        parse_query(R"({"credentials":[{"id":"p","format":"dc+sd-jwt","meta":{},)" + claims + R"(,"claim_sets":[)" +
                    set_text(masks[0]) + "," + set_text(masks[1]) + R"(]},{"id":"q","format":"dc+sd-jwt","meta":{},)" +
                    claims + R"(,"claim_sets":[)" + set_text(masks[2]) + "]}]}");
    // The measure, from the claims' texts alone: every value by card and place.
    const auto measure = [&](const std::vector<Pick>& picks) {
      std::map<std::string, unsigned> values;
      for (const Pick& pick : picks) {
        const unsigned mask = pick.credential == 0 ? masks[pick.claim_set] : masks[2];
        for (unsigned i = 0; i < 4; ++i) {
          if (((mask >> i) & 1U) == 0) continue;
          const std::string name(1, names[i]);
          const json::Value& value = wallet.cards()[pick.card].claims->at(name);
          const std::size_t parts = value.is_array()    ? std::max<std::size_t>(value.as_array().size(), 1)
                                    : value.is_object() ? value.as_object().size()
                                                        : 1;
          for (std::size_t part = 0; part < parts; ++part) {
            values[std::to_string(pick.card) + name + std::to_string(part)] = levels({}, ClaimPath::of(name));
          }
        }
      }
      std::vector<unsigned> ranks;
      for (const auto& [place, level] : values) ranks.push_back(level);
      std::ranges::sort(ranks, std::greater<>{});
      return std::pair(ranks.size(), ranks);
    };
    std::optional<std::pair<std::size_t, std::vector<unsigned>>> best;
    for (std::size_t card = 0; card < 3; ++card) {
      for (std::size_t set = 0; set < 2; ++set) {
        for (std::size_t other = 0; other < 3; ++other) {
          const std::vector<Pick> picks = {{0, card, set}, {1, other, 0}};
          if (!check_selection(query, wallet.cards(), picks)) continue;
          const auto found = measure(picks);
          if (!best || found < *best) best = found;
        }
      }
    }
    const auto least = propose(query, wallet.cards(), find_candidates(query, wallet.cards()),
                               {.order = Preference::Order::least_revealing, .sensitivity = levels});
    REQUIRE(least.has_value() == best.has_value());
    if (!least) continue;
    CHECK(measure(*least) == *best);
    ++compared;
  }
  CHECK(compared > 300);
}
