#include "core/sd_jwt/issuer.h"

#include <doctest/doctest.h>

#include <algorithm>
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
  made.decoys = 5;
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
  made.decoys = 20;
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
      {"too many decoys", [](sd_jwt::IssueRequest& r) { r.decoys = 101; }, ErrorCode::invalid_argument},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    auto made = request();
    row.change(made);
    CHECK(issue_code(made) == row.want);
  }
  crypto::SystemRng rng;
  CHECK(code_of(sd_jwt::issue(request(), world::issuer().key, {}, rng)) == ErrorCode::invalid_argument);
}

TEST_CASE("the same part named twice is hidden once") {
  auto made = request();
  made.disclosable_parts = {ClaimPath({"address", "region"}), ClaimPath({"address", "region"}),
                            ClaimPath::of("address")};
  CHECK(must(sd_jwt::SdJwt::parse(world::issue(made))).disclosure_count() == 4);
}
