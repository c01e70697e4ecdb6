#include "core/dcql/answer.h"

#include <doctest/doctest.h>

#include "core/dcql/choose.h"
#include "tests/core/dcql/worlds.h"

using namespace mibun;
using namespace mibun::dcql;

namespace {

// Presentations keep their claims alive here.
class Inbox {
 public:
  Inbox& add(const std::string& id, std::string_view type, std::string_view claims, std::string_view disclosed = "[]") {
    claims_.push_back(std::make_unique<json::Object>(must(json::parse_object(claims))));
    names_.push_back(std::make_unique<std::string>("credential " + std::to_string(names_.size())));
    Presented presented{.card = {.types = {std::string(type)}, .holder_bound = true, .claims = claims_.back().get()},
                        .disclosed = {},
                        .credential = *names_.back()};
    const json::Value paths = must(json::parse(disclosed));
    for (const json::Value& path : paths.as_array()) {
      presented.disclosed.push_back(must(ClaimPath::parse(path.as_array())));
    }
    answer_[id].push_back(std::move(presented));
    return *this;
  }
  Inbox& empty(const std::string& id) {
    answer_[id];
    return *this;
  }
  Answer& answer() { return answer_; }
  std::string check(const Query& query, ExcessPolicy policy = ExcessPolicy::report) const {
    const auto result = check_answer(query, answer_, policy);
    if (!result) return std::string(to_string(result.error().code));
    std::string text = "ok";
    for (const Excess& excess : *result) {
      text += " " + excess.credential_id + ":";
      for (const ClaimPath& path : excess.paths) text += path.to_string();
    }
    return text;
  }

 private:
  std::vector<std::unique_ptr<json::Object>> claims_;
  std::vector<std::unique_ptr<std::string>> names_;
  Answer answer_;
};

const std::string kNames =
    R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]},
        "claims":[{"path":["given"]},{"path":["address","city"],"values":["Tokyo","Osaka"]}]}]})";

}  // namespace

TEST_CASE("an answer is compared with the query again, whatever the wallet says") {
  const Query query = parse_query(kNames);
  constexpr std::string_view kGood = R"({"given":"G","address":{"city":"Osaka"}})";
  CHECK(Inbox().add("a", "v", kGood, R"([["given"],["address"],["address","city"]])").check(query) == "ok");
  CHECK(Inbox().check(query) == "dcql_not_satisfied");
  CHECK(Inbox().add("b", "v", kGood).check(query) == "dcql_answer_unexpected");
  CHECK(Inbox().add("a", "v", kGood).add("b", "v", kGood).check(query) == "dcql_answer_unexpected");
  CHECK(Inbox().empty("a").check(query) == "dcql_answer_unexpected");
  CHECK(Inbox().add("a", "v", kGood).add("a", "v", kGood).check(query) == "dcql_answer_unexpected");
  CHECK(Inbox().add("a", "w", kGood).check(query) == "dcql_not_satisfied");
  CHECK(Inbox().add("a", "v", R"({"given":"G"})").check(query) == "dcql_not_satisfied");
  CHECK(Inbox().add("a", "v", R"({"given":"G","address":{}})").check(query) == "dcql_not_satisfied");
  CHECK(Inbox().add("a", "v", R"({"given":"G","address":{"city":"Kyoto"}})").check(query) == "dcql_not_satisfied");
  CHECK(Inbox().add("a", "v", R"({"given":"G","address":{"city":1}})").check(query) == "dcql_not_satisfied");
  Inbox unbound;
  unbound.add("a", "v", kGood).answer()["a"][0].card.holder_bound = false;
  CHECK(unbound.check(query) == "dcql_not_satisfied");
  Inbox mdoc;
  mdoc.add("a", "v", kGood).answer()["a"][0].card.format = "mso_mdoc";
  CHECK(mdoc.check(query) == "dcql_not_satisfied");
}

TEST_CASE("claims that nobody asked for are reported, or refused") {
  const Query query = parse_query(kNames);
  Inbox inbox;
  inbox.add("a", "v", R"({"given":"G","address":{"city":"Osaka","street":"S"},"age":3})",
            R"([["given"],["address","city"],["address","street"],["age"]])");
  CHECK(inbox.check(query) == R"(ok a:["address","street"]["age"])");
  CHECK(inbox.check(query, ExcessPolicy::refuse) == "dcql_answer_too_much");
  CHECK(
      Inbox()
          .add("a", "v", R"({"given":"G","address":{"city":"Osaka"},"always":1})", R"([["given"],["address","city"]])")
          .check(query, ExcessPolicy::refuse) == "ok");
}

TEST_CASE("no claims asked: any disclosed claim is too much") {
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]}}]})");
  CHECK(Inbox().add("a", "v", R"({"x":1})").check(query, ExcessPolicy::refuse) == "ok");
  CHECK(Inbox().add("a", "v", R"({"x":1})", R"([["x"]])").check(query, ExcessPolicy::refuse) == "dcql_answer_too_much");
}

TEST_CASE("multiple allows several presentations, and still not none") {
  const Query query = parse_query(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"multiple":true,"claims":[{"path":["x"]}]}]})");
  CHECK(Inbox().add("a", "v", R"({"x":1})").add("a", "w", R"({"x":2})").check(query) == "ok");
  CHECK(Inbox().add("a", "v", R"({"x":1})").add("a", "w", R"({"y":2})").check(query) == "dcql_not_satisfied");
  CHECK(Inbox().empty("a").check(query) == "dcql_answer_unexpected");

  // The same credential again, or two that say nothing of which they are.
  Inbox twice;
  twice.add("a", "v", R"({"x":1})").add("a", "v", R"({"x":1})");
  CHECK(twice.check(query) == "ok");
  twice.answer()["a"][1].credential = twice.answer()["a"][0].credential;
  CHECK(twice.check(query) == "dcql_answer_unexpected");
  for (Presented& presented : twice.answer()["a"]) presented.credential = {};
  CHECK(twice.check(query) == "dcql_answer_unexpected");
}

TEST_CASE("authorities are looked at again") {
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},
      "trusted_authorities":[{"type":"aki","values":["k"]},{"type":"openid_federation","values":["https://t"]}]}]})");
  Inbox inbox;
  inbox.add("a", "v", "{}");
  Card& card = inbox.answer()["a"][0].card;
  CHECK(inbox.check(query) == "dcql_not_satisfied");
  card.authority_key_ids = {"j", "k"};
  CHECK(inbox.check(query) == "ok");
  card.authority_key_ids = {"j"};
  CHECK(inbox.check(query) == "dcql_not_satisfied");
  card.frameworks = {{"openid_federation", {"https://t"}}};
  CHECK(inbox.check(query) == "ok");
}

TEST_CASE("a holder's signature is due unless the query says otherwise") {
  const auto check = [](std::string_view member) {
    Inbox inbox;
    inbox.add("a", "v", "{}").answer()["a"][0].card.holder_bound = false;
    return inbox.check(
        parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{})" + std::string(member) + "}]}"));
  };
  CHECK(check("") == "dcql_not_satisfied");
  CHECK(check(R"(,"require_cryptographic_holder_binding":true)") == "dcql_not_satisfied");
  CHECK(check(R"(,"require_cryptographic_holder_binding":false)") == "ok");
}

TEST_CASE("an mdoc's elements beyond those asked for are reported, whatever the caller says of disclosures") {
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":{"doctype_value":"d"},
      "claims":[{"path":["n","x"]},{"path":["n","y"],"values":["1990-01-02"]}]}]})");
  const auto check = [&](std::string_view claims, std::string_view type, ExcessPolicy policy) {
    Inbox inbox;
    inbox.add("a", type, claims).answer()["a"][0].card.format = kMdocFormat;
    return inbox.check(query, policy);
  };
  constexpr auto report = ExcessPolicy::report, refuse = ExcessPolicy::refuse;
  CHECK(check(R"({"n":{"x":1,"y":"1990-01-02"}})", "d", refuse) == "ok");
  CHECK(check(R"({"n":{"x":1,"y":"1990-01-02","z":1},"m":{"x":1}})", "d", report) == R"(ok a:["n","z"]["m","x"])");
  CHECK(check(R"({"n":{"x":1,"y":"1990-01-02","z":1}})", "d", refuse) == "dcql_answer_too_much");
  CHECK(check(R"({"n":{"x":1,"y":"1990-01-03"}})", "d", report) == "dcql_not_satisfied");
  CHECK(check(R"({"n":{"x":1}})", "d", report) == "dcql_not_satisfied");
  CHECK(check(R"({"m":{"x":1,"y":"1990-01-02"}})", "d", report) == "dcql_not_satisfied");
  CHECK(check(R"({"n":{"x":1,"y":"1990-01-02"}})", "e", report) == "dcql_not_satisfied");
}

TEST_CASE("credential sets: one whole option of each required set") {
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}},
      {"id":"b","format":"dc+sd-jwt","meta":{}},{"id":"c","format":"dc+sd-jwt","meta":{}},
      {"id":"d","format":"dc+sd-jwt","meta":{}}],
      "credential_sets":[{"options":[["a"],["b","c"]]},{"options":[["d"]],"required":false}]})");
  // Every subset of four presentations.
  for (unsigned subset = 0; subset < 16; ++subset) {
    const auto has = [&](unsigned i) { return ((subset >> i) & 1U) != 0; };
    Inbox inbox;
    for (unsigned i = 0; i < 4; ++i) {
      if (has(i)) inbox.add(std::string(1, static_cast<char>('a' + i)), "v", "{}");
    }
    std::string want = "dcql_not_satisfied";
    if (has(0)) want = std::string("ok") + (has(1) ? " b:" : "") + (has(2) ? " c:" : "");
    if (has(1) && has(2)) want = has(0) ? "ok a:" : "ok";  // of two whole options the larger one was due
    INFO(subset);
    CHECK(inbox.check(query) == want);
  }
}

TEST_CASE("without sets every credential is due; with optional ones only, at least one") {
  const Query both = parse_query(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}},{"id":"b","format":"dc+sd-jwt","meta":{}}]})");
  CHECK(Inbox().add("a", "v", "{}").check(both) == "dcql_not_satisfied");
  CHECK(Inbox().add("b", "v", "{}").check(both) == "dcql_not_satisfied");
  CHECK(Inbox().add("a", "v", "{}").add("b", "v", "{}").check(both) == "ok");
  const Query optional = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}],
      "credential_sets":[{"options":[["a"]],"required":false}]})");
  CHECK(Inbox().check(optional) == "dcql_not_satisfied");
  CHECK(Inbox().add("a", "v", "{}").check(optional) == "ok");
}

TEST_CASE("one card shown for two queries may carry the claims of both") {
  const Query query = parse_query(R"({"credentials":[
      {"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]},"claims":[{"path":["x"]}]},
      {"id":"b","format":"dc+sd-jwt","meta":{"vct_values":["v"]},"claims":[{"path":["y"]}]},
      {"id":"c","format":"dc+sd-jwt","meta":{"vct_values":["w"]},"claims":[{"path":["z"]}]}]})");
  Inbox inbox;
  inbox.add("a", "v", R"({"x":1,"y":1,"z":1})", R"([["x"],["y"],["z"]])")
      .add("b", "v", R"({"y":1})", R"([["y"]])")
      .add("c", "w", R"({"z":1})", R"([["z"]])");
  CHECK(inbox.check(query) == R"(ok a:["z"])");
}

// Every card over three claims and every list of up to two claim sets: what the holder's side selects, the verifier's
// side takes; a claim less is not enough, a claim more is too much.
TEST_CASE("holder and verifier agree in every small world") {
  const std::string names[] = {"x", "y", "z"};
  int answered = 0, refused = 0;
  for (unsigned first = 0; first < 8; ++first) {
    for (unsigned second = 0; second < 8; ++second) {
      if (first == 0 && second != 0) continue;
      std::string sets;
      for (const unsigned mask : {first, second}) {
        if (mask == 0) continue;
        std::string ids;
        for (unsigned i = 0; i < 3; ++i) {
          if ((mask >> i) & 1U) ids += (ids.empty() ? "\"" : ",\"") + names[i] + "\"";
        }
        sets += (sets.empty() ? "[" : ",[") + ids + "]";
      }
      const Query query = parse_query(
          R"({"credentials":[{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["v"]},
              "claims":[{"id":"x","path":["x"]},{"id":"y","path":["y"]},{"id":"z","path":["z"]}])" +
          (sets.empty() ? "" : R"(,"claim_sets":[)" + sets + "]") + "}]}");

      for (unsigned card_mask = 0; card_mask < 8; ++card_mask) {
        json::Object claims;
        for (unsigned i = 0; i < 3; ++i) {
          if ((card_mask >> i) & 1U) claims[names[i]] = i;
        }
        const std::vector<Card> cards{{.types = {"v"}, .holder_bound = true, .claims = &claims}};
        const auto selection = select_cards(query, cards, find_candidates(query, cards));

        // The specification, once more in four lines.
        const unsigned wanted[] = {first == 0 ? 7U : first, second};
        unsigned want = 8;
        for (const unsigned mask : wanted) {
          if (mask != 0 && (mask & card_mask) == mask && want == 8) want = mask;
        }
        REQUIRE(selection.has_value() == (want != 8));
        if (!selection) {
          ++refused;
          continue;
        }
        ++answered;
        unsigned got = 0;
        for (const ClaimPath& path : (*selection)[0].choice.disclosed) {
          for (unsigned i = 0; i < 3; ++i) got |= path == ClaimPath::of(names[i]) ? 1U << i : 0U;
        }
        CHECK(got == want);

        for (unsigned shown = 0; shown < 8; ++shown) {
          json::Object revealed;
          std::vector<ClaimPath> disclosed;
          for (unsigned i = 0; i < 3; ++i) {
            if (((shown >> i) & 1U) == 0) continue;
            revealed[names[i]] = i;
            disclosed.push_back(ClaimPath::of(names[i]));
          }
          Answer answer;
          answer["q"].push_back({{.types = {"v"}, .holder_bound = true, .claims = &revealed}, disclosed, {}});
          bool enough = false, exact = false;
          for (const unsigned mask : wanted) {
            enough = enough || (mask != 0 && (mask & shown) == mask);
            exact = exact || (mask != 0 && mask == shown);
          }
          const ErrorCode code = code_of(check_answer(query, answer, ExcessPolicy::refuse));
          CHECK(code == (exact    ? ErrorCode::internal_error
                         : enough ? ErrorCode::dcql_answer_too_much
                                  : ErrorCode::dcql_not_satisfied));
        }
      }
    }
  }
  CHECK(answered > 100);
  CHECK(refused > 100);
}
