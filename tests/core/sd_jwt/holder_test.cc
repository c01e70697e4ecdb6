#include "core/sd_jwt/holder.h"

#include <doctest/doctest.h>

#include "tests/core/sd_jwt/fixture.h"

using namespace mibun;
using sd_jwt::ClaimPath;
using sd_jwt::EveryElement;

namespace {

constexpr const char* kSix[] = {"given_name", "family_name", "birthdate", "sex", "address", "portrait"};

std::string six_disclosures() {
  sd_jwt::IssueRequest request;
  request.clear_claims = world::clear_claims();
  for (const char* name : kSix) request.disclosable[name] = std::string("value of ") + name;
  request.decoys.add = 2;
  return world::issue(request);
}

std::string nested() {
  sd_jwt::IssueRequest request;
  request.clear_claims = world::clear_claims();
  request.clear_claims["clear"] = "seen by all";
  request.disclosable = {{"address", {{"region", "Tokyo"}, {"country", "JP"}}},
                         {"nationalities", {"JP", "DE", "FR"}},
                         {"degrees", {{{"type", "BSc"}, {"year", 2001}}, {{"other", 1}}}}};
  request.disclosable_parts = {ClaimPath({"address", "region"}), ClaimPath({"address", "country"}),
                               ClaimPath({"nationalities", EveryElement{}}), ClaimPath({"degrees", EveryElement{}}),
                               ClaimPath({"degrees", std::uint64_t{0}, "year"})};
  return world::issue(request);
}

json::Object shown(const sd_jwt::HeldCredential& held, const std::vector<ClaimPath>& selected) {
  json::Object claims =
      must(world::verify(must(held.present(selected, world::key_binding(), world::holder())))).claims();
  for (const auto& member : world::clear_claims()) claims.erase(member.key());
  return claims;
}

}  // namespace

TEST_CASE("every subset of six disclosures shows exactly itself") {
  const auto held = world::receive(six_disclosures());
  for (unsigned subset = 0; subset < 64; ++subset) {
    std::vector<ClaimPath> selected;
    json::Object expected;
    for (unsigned i = 0; i < 6; ++i) {
      if ((subset >> i & 1U) == 0) continue;
      selected.push_back(ClaimPath::of(kSix[i]));
      expected[kSix[i]] = std::string("value of ") + kSix[i];
    }
    const std::string text = must(held.present(selected, world::key_binding(), world::holder()));
    CHECK(must(sd_jwt::SdJwt::parse(text)).disclosure_count() == selected.size());
    json::Object claims = must(world::verify(text)).claims();
    for (const auto& member : world::clear_claims()) claims.erase(member.key());
    CHECK(claims == expected);
  }
}

TEST_CASE("a selected claim comes with its parents and with what stands below it") {
  const auto held = world::receive(nested());
  struct Row {
    const char* why;
    std::vector<ClaimPath> selected;
    const char* want;
  };
  const Row rows[] = {
      {"nothing", {}, R"({})"},
      {"a clear claim", {ClaimPath::of("clear")}, R"({})"},
      {"a part", {ClaimPath({"address", "region"})}, R"({"address":{"region":"Tokyo"}})"},
      {"the whole", {ClaimPath::of("address")}, R"({"address":{"region":"Tokyo","country":"JP"}})"},
      {"one element", {ClaimPath({"nationalities", std::uint64_t{1}})}, R"({"nationalities":["DE"]})"},
      {"every element", {ClaimPath({"nationalities", EveryElement{}})}, R"({"nationalities":["JP","DE","FR"]})"},
      {"elements that have the member only",
       {ClaimPath({"degrees", EveryElement{}, "type"})},
       R"({"degrees":[{"type":"BSc"}]})"},
      {"a hidden member of a hidden element",
       {ClaimPath({"degrees", std::uint64_t{0}, "year"})},
       R"({"degrees":[{"type":"BSc","year":2001}]})"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object want = must(json::parse_object(row.want));
    want["clear"] = "seen by all";
    CHECK(shown(held, row.selected) == want);
  }
}

TEST_CASE("the list shows every claim with its path, and whether it can be kept") {
  const auto held = world::receive(nested());
  std::string lines;
  for (const sd_jwt::HeldClaim& claim : held.list()) {
    lines += claim.path.to_string() + "=" + json::serialize(claim.value) + (claim.disclosable ? " may\n" : " always\n");
    CHECK(held.present(std::vector{claim.path}, world::key_binding(), world::holder()).has_value());
  }
  CHECK(lines.find("[\"clear\"]=\"seen by all\" always\n") != std::string::npos);
  CHECK(lines.find("[\"address\",\"region\"]=\"Tokyo\" may\n") != std::string::npos);
  CHECK(lines.find("[\"nationalities\"]=[\"JP\",\"DE\",\"FR\"] may\n") != std::string::npos);
  CHECK(lines.find("cnf") == std::string::npos);
  CHECK(lines.find("vct") == std::string::npos);
}

TEST_CASE("what cannot be presented is refused") {
  const auto held = world::receive(nested());
  const auto code = [&](const std::vector<ClaimPath>& selected, const sd_jwt::KeyBinding& key_binding,
                        const crypto::P256Signer& signer) {
    return code_of(held.present(selected, key_binding, signer));
  };
  const auto good = world::key_binding();
  CHECK(code({ClaimPath::of("shoe_size")}, good, world::holder()) == ErrorCode::sd_jwt_path_not_found);
  CHECK(code({ClaimPath({"address", "zip"})}, good, world::holder()) == ErrorCode::sd_jwt_path_not_found);
  CHECK(code({ClaimPath({"nationalities", std::uint64_t{3}})}, good, world::holder()) ==
        ErrorCode::sd_jwt_path_not_found);
  CHECK(code({ClaimPath::of("clear"), ClaimPath({})}, good, world::holder()) == ErrorCode::sd_jwt_path_not_found);
  CHECK(code({}, good, crypto::P256PrivateKey::generate()) == ErrorCode::invalid_argument);
  auto silent = good;
  silent.nonce.clear();
  CHECK(code({}, silent, world::holder()) == ErrorCode::invalid_argument);
  silent = good;
  silent.audience.clear();
  CHECK(code({}, silent, world::holder()) == ErrorCode::invalid_argument);
  for (const char* name : {"iat", "aud", "nonce", "sd_hash"}) {
    auto greedy = good;
    greedy.extra_claims[name] = "mine";
    CHECK(code({}, greedy, world::holder()) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("the holder's signature carries extra claims") {
  const auto held = world::receive(six_disclosures());
  auto key_binding = world::key_binding();
  key_binding.extra_claims = {{"consent_hash", "abc"}};
  const auto verified = must(world::verify(must(held.present({}, key_binding, world::holder()))));
  CHECK(verified.key_binding_payload().at("consent_hash") == "abc");
  CHECK(verified.key_binding_payload().size() == 5);
}

TEST_CASE("a stored credential opens again; a broken one does not") {
  const std::string text = nested();
  const auto held = world::receive(text);
  const auto again = must(sd_jwt::HeldCredential::reopen_stored(held.text()));
  CHECK(again.text() == text);
  CHECK(again.claims() == held.claims());
  CHECK(again.vct() == world::kVct);
  CHECK(again.issuer() == world::kIssuer);
  CHECK(again.holder_key() == world::holder().public_key());
  CHECK(again.status() == held.status());
  CHECK(again.expires() == held.expires());
  CHECK(code_of(sd_jwt::HeldCredential::reopen_stored(text + "a.b.c")) == ErrorCode::sd_jwt_key_binding_unexpected);
  CHECK(code_of(sd_jwt::HeldCredential::reopen_stored(text + world::disclosure({"s", "x", 1}) + "~")) ==
        ErrorCode::sd_jwt_unreferenced_disclosure);
  CHECK(code_of(sd_jwt::HeldCredential::reopen_stored("x")) == ErrorCode::sd_jwt_malformed);
}
