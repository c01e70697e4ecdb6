#include "core/sd_jwt/issuer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/sd_jwt/places.h"
#include "tests/core/sd_jwt/fixture.h"

using namespace mibun;
using sd_jwt::ClaimPath;
using sd_jwt::EveryElement;

namespace {

sd_jwt::IssueRequest request() {
  sd_jwt::IssueRequest made;
  made.clear_claims = world::clear_claims();
  made.disclosable = {
      {"given_name", "Hanako"}, {"address", {{"region", "Tokyo"}, {"country", "JP"}}}, {"nationalities", {"JP", "DE"}}};
  return made;
}

json::Object signed_payload(const std::string& text) {
  return must(must(jose::Jws::parse(must(sd_jwt::SdJwt::parse(text)).issuer_jwt())).unverified_payload());
}

ErrorCode issue_code(const sd_jwt::IssueRequest& made) {
  crypto::SystemRng rng;
  return code_of(sd_jwt::issue(made, world::issuer().key, world::issuer().chain, rng));
}

}  // namespace

TEST_CASE("disclosable claims are not in the signed payload, and all come back") {
  auto made = request();
  made.disclosable_parts = {ClaimPath({"address", "region"}), ClaimPath({"nationalities", EveryElement{}})};
  made.decoys.add = 5;
  const std::string text = world::issue(made);
  const json::Object payload = signed_payload(text);
  CHECK(payload.at("_sd_alg") == "sha-256");
  CHECK(payload.at("_sd").as_array().size() == 3 + 5);
  for (const char* name : {"given_name", "address", "nationalities"}) CHECK(!payload.contains(name));
  for (const auto& member : made.clear_claims) CHECK(payload.at(member.key()) == member.value());
  CHECK(must(sd_jwt::SdJwt::parse(text)).disclosure_count() == 3 + 1 + 2);
  json::Object everything = made.clear_claims;
  for (const auto& member : made.disclosable) everything[member.key()] = member.value();
  CHECK(world::receive(text).claims() == everything);
  const auto header = must(jose::Jws::parse(must(sd_jwt::SdJwt::parse(text)).issuer_jwt())).unverified_header();
  CHECK(header.at("typ") == "dc+sd-jwt");
  CHECK(header.at("x5c") == jose::x5c_member(world::issuer().chain));
}

TEST_CASE("digests are sorted, salts are new each time") {
  auto made = request();
  made.decoys.add = 20;
  std::set<std::string> digests;
  for (int copy = 0; copy < 20; ++copy) {
    const json::Object payload = signed_payload(world::issue(made));
    const auto& sd = payload.at("_sd").as_array();
    CHECK(std::ranges::is_sorted(sd, {}, [](const json::Value& one) { return std::string(one.as_string()); }));
    for (const json::Value& one : sd) CHECK(digests.insert(std::string(one.as_string())).second);
  }
  CHECK(digests.size() == 20U * 23U);
}

TEST_CASE("a request that must not be signed is refused") {
  struct Row {
    const char* why;
    void (*change)(sd_jwt::IssueRequest&);
    ErrorCode want;
  };
  constexpr Row rows[] = {
      {"nothing changed", [](sd_jwt::IssueRequest&) {}, ErrorCode::internal_error},
      {"no iss", [](sd_jwt::IssueRequest& r) { r.clear_claims.erase("iss"); }, ErrorCode::sd_jwt_missing_claim},
      {"no vct", [](sd_jwt::IssueRequest& r) { r.clear_claims.erase("vct"); }, ErrorCode::sd_jwt_missing_claim},
      {"vct a number", [](sd_jwt::IssueRequest& r) { r.clear_claims["vct"] = 1; }, ErrorCode::sd_jwt_missing_claim},
      {"exp disclosable", [](sd_jwt::IssueRequest& r) { r.disclosable["exp"] = 1; }, ErrorCode::sd_jwt_claim_collision},
      {"nbf disclosable", [](sd_jwt::IssueRequest& r) { r.disclosable["nbf"] = 1; },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"part of cnf", [](sd_jwt::IssueRequest& r) { r.disclosable_parts = {ClaimPath({"cnf", "jwk"})}; },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"status as a part", [](sd_jwt::IssueRequest& r) { r.disclosable_parts = {ClaimPath::of("status")}; },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"_sd", [](sd_jwt::IssueRequest& r) { r.clear_claims["_sd"] = json::Array(); },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"... inside", [](sd_jwt::IssueRequest& r) { r.disclosable["list"] = {{{"...", "x"}}}; },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"_sd_alg", [](sd_jwt::IssueRequest& r) { r.disclosable["_sd_alg"] = "md5"; },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"clear and disclosable", [](sd_jwt::IssueRequest& r) { r.clear_claims["given_name"] = "x"; },
       ErrorCode::sd_jwt_claim_collision},
      {"no such part", [](sd_jwt::IssueRequest& r) { r.disclosable_parts = {ClaimPath({"address", "zip"})}; },
       ErrorCode::sd_jwt_path_not_found},
      {"no such element",
       [](sd_jwt::IssueRequest& r) { r.disclosable_parts = {ClaimPath({"nationalities", std::uint64_t{2}})}; },
       ErrorCode::sd_jwt_path_not_found},
      {"iss disclosable",
       [](sd_jwt::IssueRequest& r) {
         r.clear_claims.erase("iss");
         r.disclosable["iss"] = world::kIssuer;
       },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"too deep",
       [](sd_jwt::IssueRequest& r) {
         json::Value deep = 1;
         for (int i = 0; i < 31; ++i) deep = json::Array{deep};
         r.disclosable["deep"] = deep;
       },
       ErrorCode::json_too_deep},
      {"too deep, objects",
       [](sd_jwt::IssueRequest& r) {
         json::Value deep = 1;
         for (int i = 0; i < 31; ++i) deep = json::Object{{"a", deep}};
         r.disclosable["deep"] = deep;
       },
       ErrorCode::json_too_deep},
      {"decoys to no multiple", [](sd_jwt::IssueRequest& r) { r.decoys.fill_to_multiple_of = 0; },
       ErrorCode::invalid_argument},
      {"decoys to a large multiple", [](sd_jwt::IssueRequest& r) { r.decoys.fill_to_multiple_of = 101; },
       ErrorCode::invalid_argument},
      {"too many disclosures",
       [](sd_jwt::IssueRequest& r) {
         json::Array many;
         for (int i = 0; i < 1001; ++i) many.emplace_back(i);
         r.disclosable["many"] = many;
         r.disclosable_parts = {ClaimPath({"many", EveryElement{}})};
       },
       ErrorCode::sd_jwt_too_many_disclosures},
      {"too many decoys", [](sd_jwt::IssueRequest& r) { r.decoys.add = 101; }, ErrorCode::invalid_argument},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    auto made = request();
    row.change(made);
    CHECK(issue_code(made) == row.want);
  }
  crypto::SystemRng rng;
  CHECK(code_of(sd_jwt::issue(request(), world::issuer().key, {}, rng)) == ErrorCode::invalid_argument);
  CHECK(code_of(sd_jwt::issue(request(), world::holder(), world::issuer().chain, rng)) == ErrorCode::invalid_argument);
}

TEST_CASE("the same part named twice is hidden once") {
  auto made = request();
  made.disclosable_parts = {ClaimPath({"address", "region"}), ClaimPath({"address", "region"}),
                            ClaimPath::of("address")};
  CHECK(must(sd_jwt::SdJwt::parse(world::issue(made))).disclosure_count() == 4);
}

namespace {

// How many digests stand in each object and array below, by its place.
void count_digests(const json::Value& value, const std::string& place, std::map<std::string, std::size_t>& counts) {
  if (const auto* array = value.if_array()) {
    for (const json::Value& element : *array) {
      const auto* object = element.if_object();
      if (object != nullptr && object->contains("...")) ++counts[place];
      count_digests(element, place + "[]", counts);
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "_sd") {
        counts[place] += member.value().as_array().size();
      } else {
        count_digests(member.value(), place + "/" + std::string(member.key()), counts);
      }
    }
  }
}

// In the payload, and in the disclosures under the names of their claims.
std::map<std::string, std::size_t> digests_in(const std::string& text) {
  std::map<std::string, std::size_t> counts;
  count_digests(json::Value(signed_payload(text)), "", counts);
  const auto sd_jwt = must(sd_jwt::SdJwt::parse(text));
  for (std::size_t i = 0; i < sd_jwt.disclosure_count(); ++i) {
    const auto disclosure = must(sd_jwt::Disclosure::parse(sd_jwt.disclosure(i)));
    count_digests(disclosure.value(), disclosure.name().value_or("element"), counts);
  }
  return counts;
}

}  // namespace

TEST_CASE("decoys are added at every level, and nobody can count the claims") {
  auto made = request();
  made.disclosable_parts = {ClaimPath({"address", "region"}), ClaimPath({"nationalities", EveryElement{}})};
  struct Row {
    sd_jwt::Decoys decoys;
    std::size_t top, address, nationalities;
  };
  for (const Row& row :
       {Row{{}, 3, 1, 2}, Row{{.add = 2}, 5, 1, 2}, Row{{.add = 2, .nested = true}, 5, 3, 4},
        Row{{.fill_to_multiple_of = 8}, 8, 1, 2}, Row{{.fill_to_multiple_of = 3, .nested = true}, 3, 3, 3},
        Row{{.add = 1, .fill_to_multiple_of = 4, .nested = true}, 4, 4, 4}}) {
    made.decoys = row.decoys;
    const std::string text = world::issue(made);
    const auto counts = digests_in(text);
    CHECK(counts.at("") == row.top);
    CHECK(counts.at("address") == row.address);
    CHECK(counts.at("nationalities") == row.nationalities);
    CHECK(counts.size() == 3);
    const auto held = world::receive(text);
    CHECK(held.claims().at("nationalities") == json::Value{"JP", "DE"});
    CHECK(held.claims().at("address") == json::Value{{"region", "Tokyo"}, {"country", "JP"}});
  }
}

TEST_CASE("decoys where nothing is disclosable, and no _sd_alg where there is no digest") {
  sd_jwt::IssueRequest made{.clear_claims = world::clear_claims()};
  const json::Object plain = signed_payload(world::issue(made));
  CHECK(plain == made.clear_claims);
  made.decoys.add = 3;
  CHECK(signed_payload(world::issue(made)).at("_sd").as_array().size() == 3);
}

TEST_CASE("text is written so that every reader finds the same values") {
  auto made = request();
  made.disclosable["odd"] = {{"quote\"\\", "line\n\x01\x7f\ttab"}, {"花子", "𠮷野家"}, {"", ""}};
  made.disclosable["numbers"] = {0, -1, 1.5, std::uint64_t{18446744073709551615U}, 1e300, true, false, nullptr};
  made.disclosable["empty"] = {json::Array(), json::Object()};
  made.clear_claims["clear"] = made.disclosable.at("odd");
  const auto held = world::receive(world::issue(made));
  for (const char* name : {"odd", "numbers", "empty"}) CHECK(held.claims().at(name) == made.disclosable.at(name));
  CHECK(held.claims().at("clear") == made.disclosable.at("odd"));
}

TEST_CASE("a character that has to be escaped is found wherever it stands") {
  for (const char odd : {'\0', '\x1f', ' ', '!', '"', '#', '[', '\\', ']', '\x7f'}) {
    auto made = request();
    for (std::size_t size = 1; size < 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = odd;
        made.disclosable["odd " + text] = text;
      }
    }
    made.disclosable["twice"] = std::string(9, odd) + "between" + odd;
    json::Object everything = made.clear_claims;
    for (const auto& member : made.disclosable) everything[member.key()] = member.value();
    CHECK(world::receive(world::issue(made)).claims() == everything);
  }
}

TEST_CASE("an issuer made ready once issues many") {
  crypto::SystemRng rng;
  const auto issuer = must(sd_jwt::Issuer::make(world::issuer().key, world::issuer().chain));
  std::set<std::string> texts;
  for (int copy = 0; copy < 5; ++copy) {
    const std::string text = must(issuer.issue(request(), rng));
    CHECK(texts.insert(text).second);
    CHECK(world::receive(text).claims().at("given_name") == "Hanako");
  }
}
