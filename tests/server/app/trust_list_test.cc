#include <doctest/doctest.h>

#include "server/trust/card_issuers.h"
#include "server/trust/published_trust.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {
namespace {

using Types = std::vector<std::string>;
using Others = std::map<std::string, std::vector<std::string>>;

constexpr const char* kList = "https://club.example/signers.crl";
const OwnTypes kOwn{.vcts = {"urn:ours"}, .doctypes = {"org.ours.1"}};

CardIssuers issuers_of(const Trust& trust, const std::vector<OtherIssuer>& others = {}) {
  return must(card_issuers(trust, kOwn, others));
}

}  // namespace

TEST_CASE("the published trust list names our roots, and those of others where they may stand") {
  const TempDir directory;
  SeededRng rng(11);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const auto ours = must(json::parse_object(trust->public_trust_json()));
  auto alone = must(json::parse_object(must(published_trust(*trust, issuers_of(*trust), {}, {}))));
  CHECK(json::serialize(alone.at("trusted_issuers")) ==
        json::serialize(json::Array{
            json::Object{
                {"format", "dc+sd-jwt"}, {"types", json::Array{"urn:ours"}}, {"anchors", ours.at("credential_issuer")}},
            json::Object{{"format", "mso_mdoc"}, {"types", json::Array{"org.ours.1"}}, {"anchors", ours.at("iaca")}}}));
  CHECK(json::serialize(alone.at("issuers_crl")) ==
        R"([["/.well-known/mibun-issuer.crl"],["/.well-known/mibun-iaca.crl"]])");
  alone.erase("trusted_issuers");
  alone.erase("issuers_crl");
  CHECK(json::Value(alone) == json::Value(ours));

  const TestAuthority other("other"), another("another");
  const CardIssuers issuers =
      issuers_of(*trust, {{"dc+sd-jwt", {"urn:club"}, {other.root.pem(), another.root.pem()}, {"https://club.example"}},
                          {"mso_mdoc", {"org.club.1"}, {other.root.pem()}, {}, {kList}}});
  const Others others = {{"verifier_access", {other.root.pem()}}};
  const auto list = must(json::parse_object(must(published_trust(*trust, issuers, others, {}))));
  CHECK(
      json::serialize(list.at("issuers_crl")) ==
      R"([["/.well-known/mibun-issuer.crl"],[],["/.well-known/mibun-iaca.crl"],["/.well-known/mibun-trusted-crl/1"]])");
  CHECK(list.at("credential_issuer").as_array().size() == 3);
  CHECK(list.at("credential_issuer").as_array()[0] == ours.at("credential_issuer").as_array()[0]);
  CHECK(list.at("credential_issuer").as_array()[2] == json::Value(another.root.pem()));
  CHECK(list.at("verifier_access").as_array().size() == 2);
  CHECK(list.at("registrar") == ours.at("registrar"));
  CHECK(list.at("receipt") == ours.at("receipt"));
  CHECK(list.at("iaca").as_array().size() == 2);
  // A wallet reads it, and believes each root for its own purpose and types.
  const auto read = must(wallet::parse_trust(json::serialize(list)));
  REQUIRE(read.sd_jwt_issuers.issuers().size() == 2);
  CHECK(read.sd_jwt_issuers.issuers()[0].types == kOwn.vcts);
  CHECK(read.sd_jwt_issuers.issuers()[1].types == std::vector<std::string>{"urn:club"});
  CHECK(read.sd_jwt_issuers.issuers()[1].names == std::vector<std::string>{"https://club.example"});
  CHECK(read.sd_jwt_issuers.issuers()[1].anchors.anchors().size() == 2);
  REQUIRE(read.mdoc_issuers.issuers().size() == 2);
  CHECK(read.mdoc_issuers.issuers()[0].types == kOwn.doctypes);
  CHECK(read.mdoc_issuers.issuers()[1].types == std::vector<std::string>{"org.club.1"});
}

TEST_CASE("verifiers that a wallet shall know stand in the list, and the wallet reads them; what is none is refused") {
  const TempDir directory;
  SeededRng rng(13);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const auto key = crypto::P256PrivateKey::generate();
  const json::Object hall{{"client_id", "city-hall"},
                          {"jwks", json::Object{{"keys", json::Array{jose::Jwk(key.public_key()).to_json()}}}},
                          {"response_uris", json::Array{"https://city.example/answers"}}};
  const auto list = must(wallet::parse_trust(must(published_trust(*trust, issuers_of(*trust), {}, {hall}))));
  const oid4vp::KnownVerifier* const known = list.known_verifiers.find("city-hall");
  REQUIRE(known != nullptr);
  CHECK(known->response_uris == std::vector<std::string>{"https://city.example/answers"});
  CHECK(list.known_verifiers.find("town-hall") == nullptr);
  json::Object without_keys = hall;
  without_keys.erase("jwks");
  CHECK(code_of(published_trust(*trust, issuers_of(*trust), {}, {without_keys})) ==
        ErrorCode::oid4vp_registration_invalid);
}

TEST_CASE("partners join the list that is published, under names that it has not, and as many as a wallet takes") {
  const auto key = crypto::P256PrivateKey::generate();
  const auto verifier = [&](const std::string& id, const char* address) {
    const auto keys =
        must(jose::JwkSet::parse(json::Object{{"keys", json::Array{jose::Jwk(key.public_key()).to_json()}}}));
    return oid4vp::KnownVerifier{id, keys, {address}};
  };
  const auto known = [](const std::string& list) {
    return must(oid4vp::KnownVerifiers::parse(
        must(json::parse_object(list, {.bytes_max = list.size()})).at("verifiers").as_array(), "verifiers"));
  };
  const std::string list = R"({"receipt":[]})";
  CHECK(must(with_partners(list, {})) == list);
  const std::string joined = must(with_partners(list, {verifier("shop", "https://a.example/1")}));
  CHECK(known(joined).size() == 1);
  CHECK(must(json::parse_object(joined)).contains("receipt"));
  const std::string again =
      must(with_partners(joined, {verifier("shop", "https://b.example/"), verifier("hall", "https://b.example/")}));
  CHECK(known(again).size() == 2);
  CHECK(known(again).find("shop")->response_uris.front() == "https://a.example/1");
  std::vector<oid4vp::KnownVerifier> crowd;
  for (std::size_t i = 0; i < oid4vp::kKnownVerifiersMax; ++i) {
    crowd.push_back(verifier("shop-" + std::to_string(i), "https://b.example/"));
  }
  CHECK(known(must(with_partners(joined, crowd))).size() == oid4vp::kKnownVerifiersMax);
}

TEST_CASE("what is no root of others is refused when the server opens") {
  const TempDir directory;
  SeededRng rng(12);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const TestAuthority other("other");
  struct Row {
    std::string_view why;
    Others others;
    ErrorCode want;
  };
  const Row rows[] = {
      {"receipts are ours alone", {{"receipt", {other.root.pem()}}}, ErrorCode::invalid_argument},
      {"issuers have types", {{"credential_issuer", {other.root.pem()}}}, ErrorCode::invalid_argument},
      {"authorities have types", {{"iaca", {other.root.pem()}}}, ErrorCode::invalid_argument},
      {"an unknown member", {{"tls", {other.root.pem()}}}, ErrorCode::invalid_argument},
      {"no certificate",
       {{"verifier_access", {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}}},
       ErrorCode::certificate_malformed},
      {"empty", {{"registrar", {""}}}, ErrorCode::pem_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(published_trust(*trust, issuers_of(*trust), row.others, {})) == row.want);
  }
}

TEST_CASE("an issuer whose types, roots or names are none is refused when the server opens") {
  const TempDir directory;
  SeededRng rng(14);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const TestAuthority other("other");
  const std::string pem = other.root.pem();
  struct Row {
    std::string_view why;
    OtherIssuer issuer;
    ErrorCode want;
  };
  const Row rows[] = {
      {"another format", {"jwt_vc_json", {"urn:club"}, {pem}, {}}, ErrorCode::invalid_argument},
      {"no type", {"dc+sd-jwt", {}, {pem}, {}}, ErrorCode::invalid_argument},
      {"no root", {"mso_mdoc", {"org.club.1"}, {}, {}, {kList}}, ErrorCode::invalid_argument},
      {"an mdoc has no iss", {"mso_mdoc", {"org.club.1"}, {pem}, {"https://x"}, {kList}}, ErrorCode::invalid_argument},
      {"an mdoc without a list of its signers", {"mso_mdoc", {"org.club.1"}, {pem}, {}}, ErrorCode::invalid_argument},
      {"a list in the clear", {"mso_mdoc", {"org.club.1"}, {pem}, {}, {"http://x/l.crl"}}, ErrorCode::url_not_https},
      {"a list nowhere", {"dc+sd-jwt", {"urn:club"}, {pem}, {}, {""}}, ErrorCode::url_malformed},
      {"too many lists", {"dc+sd-jwt", {"urn:club"}, {pem}, {}, Types(17, kList)}, ErrorCode::invalid_argument},
      {"no certificate", {"dc+sd-jwt", {"urn:club"}, {"x"}, {}}, ErrorCode::pem_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(card_issuers(*trust, kOwn, {row.issuer})) == row.want);
  }
}

}  // namespace mibun::server
