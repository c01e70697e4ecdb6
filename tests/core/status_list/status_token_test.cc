#include "core/status_list/status_token.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/jose/jws.h"
#include "tests/core/status_list/issuers.h"

using namespace mibun;
using crypto::CertificatePurpose;
using namespace mibun::status_list;

namespace {

struct World : Issuers {
  std::string token(const TestSigner& signer) const {
    return must(issue_status_list_token(kUri, times(), list(), signer.key, signer.chain));
  }
  // A token with its parts changed before signing.
  std::string token_with(const std::function<void(json::Object& header, json::Object& payload)>& change) const {
    json::Object header{{"typ", "statuslist+jwt"}, {"x5c", jose::x5c_member(issuer.chain)}};
    json::Object payload{{"sub", kUri},
                         {"iat", kTestNow.unix_seconds()},
                         {"exp", (kTestNow + std::chrono::hours(1)).unix_seconds()},
                         {"ttl", 600},
                         {"status_list", list().to_json()}};
    change(header, payload);
    return must(jose::sign_jws(header, payload, issuer.key));
  }
  Result<VerifiedStatusList> verify(const std::string& text, Instant now = kTestNow) const {
    return VerifiedStatusList::verify(text, {kUri, anchors}, now);
  }
};

StatusReference at(std::uint64_t index) {
  return {std::string(kUri), index, "https://issuer.example"};
}

}  // namespace

TEST_CASE("a signed list tells valid, revoked, suspended and unknown apart") {
  const World world;
  const auto list = must(world.verify(world.token(world.issuer)));
  CHECK(list.check(at(0)).has_value());
  CHECK(code_of(list.check(at(1))) == ErrorCode::status_revoked);
  CHECK(code_of(list.check(at(2))) == ErrorCode::status_suspended);
  CHECK(code_of(list.check(at(3))) == ErrorCode::status_unknown_value);
  CHECK(code_of(list.check(at(64))) == ErrorCode::status_list_index_out_of_range);
  CHECK(code_of(list.check({"https://issuer.example/status/2", 0, "https://issuer.example"})) ==
        ErrorCode::status_list_subject_mismatch);
  CHECK(code_of(list.check({std::string(kUri), 0, "https://other.example"})) == ErrorCode::jwt_issuer_mismatch);
  CHECK(list.time_to_live() == seconds(600));
}

TEST_CASE("another trusted issuer cannot publish this issuer's list") {
  const World world;
  const auto list = must(world.verify(world.token(world.other_issuer)));
  CHECK(code_of(list.check(at(0))) == ErrorCode::jwt_issuer_mismatch);
}

TEST_CASE("a list is good until the second before exp") {
  const World world;
  const std::string token = world.token(world.issuer);
  const Instant exp = kTestNow + std::chrono::hours(1);
  CHECK(world.verify(token, exp - milliseconds(1)).has_value());
  CHECK(code_of(world.verify(token, exp)) == ErrorCode::status_list_expired);
  CHECK(code_of(world.verify(token, exp + seconds(59))) == ErrorCode::status_list_expired);
  CHECK(world.verify(token, kTestNow - seconds(60)).has_value());
  CHECK(code_of(world.verify(token, kTestNow - seconds(62))) == ErrorCode::jwt_issued_in_future);
}

TEST_CASE("a token of the wrong signer is refused") {
  const World world;
  CHECK(code_of(world.verify(world.token(world.foreign))) == ErrorCode::certificate_untrusted);
  CHECK(code_of(world.verify(world.token(world.wrong_purpose))) == ErrorCode::certificate_wrong_purpose);
  // The issuer's certificate with another key's signature.
  const auto stolen =
      issue_status_list_token(kUri, World::times(), World::list(), world.foreign.key, world.issuer.chain);
  CHECK(code_of(world.verify(must(stolen))) == ErrorCode::jws_signature_invalid);
}

TEST_CASE("a token with one wrong member is refused") {
  const World world;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&, json::Object&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"typ", [](auto& h, auto&) { h["typ"] = "jwt"; }, ErrorCode::jws_typ_mismatch},
      {"no typ", [](auto& h, auto&) { h.erase("typ"); }, ErrorCode::jws_typ_mismatch},
      {"crit",
       [](auto& h, auto&) {
         h["crit"] = json::Array{"x"};
         h["x"] = 1;
       },
       ErrorCode::jws_crit_not_understood},
      {"jwk", [](auto& h, auto&) { h["jwk"] = json::Object{}; }, ErrorCode::jws_header_not_allowed},
      {"no x5c", [](auto& h, auto&) { h.erase("x5c"); }, ErrorCode::jws_x5c_malformed},
      {"sub", [](auto&, auto& p) { p["sub"] = "https://issuer.example/status/2"; },
       ErrorCode::status_list_subject_mismatch},
      {"sub longer", [](auto&, auto& p) { p["sub"] = std::string(kUri) + "/"; },
       ErrorCode::status_list_subject_mismatch},
      {"no sub", [](auto&, auto& p) { p.erase("sub"); }, ErrorCode::json_missing_member},
      {"no iat", [](auto&, auto& p) { p.erase("iat"); }, ErrorCode::jwt_claim_missing},
      {"exp text", [](auto&, auto& p) { p["exp"] = "1"; }, ErrorCode::jwt_claim_wrong_type},
      {"exp negative", [](auto&, auto& p) { p["exp"] = -1; }, ErrorCode::jwt_claim_wrong_type},
      {"ttl 0", [](auto&, auto& p) { p["ttl"] = 0; }, ErrorCode::status_list_malformed},
      {"ttl negative", [](auto&, auto& p) { p["ttl"] = -5; }, ErrorCode::status_list_malformed},
      {"ttl text", [](auto&, auto& p) { p["ttl"] = "600"; }, ErrorCode::json_wrong_type},
      {"no list", [](auto&, auto& p) { p.erase("status_list"); }, ErrorCode::json_missing_member},
      {"list is text", [](auto&, auto& p) { p["status_list"] = "x"; }, ErrorCode::json_wrong_type},
      {"bits 3", [](auto&, auto& p) { p["status_list"].as_object()["bits"] = 3; },
       ErrorCode::status_list_bits_not_allowed},
  };
  CHECK(world.verify(world.token_with([](auto&, auto&) {})).has_value());
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(world.verify(world.token_with(row.change))) == row.want);
  }
  // exp and ttl are the issuer's choice.
  CHECK(world
            .verify(world.token_with([](auto&, auto& p) {
              p.erase("exp");
              p.erase("ttl");
            }))
            .has_value());
}

TEST_CASE("no changed byte and no cut prefix of a token passes") {
  const World world;
  const std::string token = world.token(world.issuer);
  for (std::size_t i = 0; i < token.size(); i += 7) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(!world.verify(changed).has_value());
    CHECK(!world.verify(token.substr(0, i)).has_value());
  }
}

TEST_CASE("anchors of a purpose that signs no lists are refused, whatever the certificate is for") {
  const World world;
  const crypto::TrustAnchors anchors = world.authority.anchors(CertificatePurpose::verifier_access);
  REQUIRE(anchors.verify_chain(world.wrong_purpose.chain, kTestNow).has_value());
  CHECK(code_of(VerifiedStatusList::verify(world.token(world.wrong_purpose), {kUri, anchors}, kTestNow)) ==
        ErrorCode::certificate_wrong_purpose);
}

TEST_CASE("what no verifier would take is not issued") {
  const World world;
  const auto refused_as_cwt = [&](std::string_view uri, const StatusTokenTimes& unfit) {
    return code_of(issue_status_list_cwt(uri, unfit, World::list().compress(), world.issuer.key, world.issuer.chain)) ==
           ErrorCode::invalid_argument;
  };
  StatusTokenTimes backwards = World::times();
  backwards.expires_at = backwards.issued_at;
  CHECK(refused_as_cwt(kUri, backwards));
  CHECK(refused_as_cwt("http://a.example", World::times()));
  StatusTokenTimes times = World::times();
  times.time_to_live = seconds(0);
  CHECK(code_of(issue_status_list_token(kUri, times, World::list(), world.issuer.key, world.issuer.chain)) ==
        ErrorCode::invalid_argument);
  times = World::times();
  times.expires_at = times.issued_at;
  CHECK(code_of(issue_status_list_token(kUri, times, World::list(), world.issuer.key, world.issuer.chain)) ==
        ErrorCode::invalid_argument);
  CHECK(code_of(issue_status_list_token("http://a.example", World::times(), World::list(), world.issuer.key,
                                        world.issuer.chain)) == ErrorCode::invalid_argument);
}
