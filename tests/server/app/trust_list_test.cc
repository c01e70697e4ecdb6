#include <doctest/doctest.h>

#include "server/trust/published_trust.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {
namespace {

using Others = std::map<std::string, std::vector<std::string>>;

}  // namespace

TEST_CASE("the published trust list names our roots, and those of others where they may stand") {
  const TempDir directory;
  SeededRng rng(11);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  CHECK(must(published_trust(*trust, {}, {})) == trust->public_trust_json());

  const TestAuthority other("other"), another("another");
  const Others others = {{"credential_issuer", {other.root.pem(), another.root.pem()}},
                         {"verifier_access", {other.root.pem()}}};
  const auto list = must(json::parse_object(must(published_trust(*trust, others, {}))));
  const auto ours = must(json::parse_object(trust->public_trust_json()));
  CHECK(list.at("credential_issuer").as_array().size() == 3);
  CHECK(list.at("credential_issuer").as_array()[0] == ours.at("credential_issuer").as_array()[0]);
  CHECK(list.at("credential_issuer").as_array()[2] == json::Value(another.root.pem()));
  CHECK(list.at("verifier_access").as_array().size() == 2);
  CHECK(list.at("registrar") == ours.at("registrar"));
  CHECK(list.at("receipt") == ours.at("receipt"));
  // A wallet reads it, and believes each root for its own purpose.
  CHECK(wallet::parse_trust(json::serialize(list)).has_value());
}

TEST_CASE("verifiers that a wallet shall know stand in the list, and the wallet reads them; what is none is refused") {
  const TempDir directory;
  SeededRng rng(13);
  const auto trust = must(Trust::open(directory.file("keys"), std::string(kOrigin), rng, kTestNow));
  const auto key = crypto::P256PrivateKey::generate();
  const json::Object hall{{"client_id", "city-hall"},
                          {"jwks", json::Object{{"keys", json::Array{jose::Jwk(key.public_key()).to_json()}}}},
                          {"response_uris", json::Array{"https://city.example/answers"}}};
  const auto list = must(wallet::parse_trust(must(published_trust(*trust, {}, {hall}))));
  const oid4vp::KnownVerifier* const known = list.known_verifiers.find("city-hall");
  REQUIRE(known != nullptr);
  CHECK(known->response_uris == std::vector<std::string>{"https://city.example/answers"});
  CHECK(list.known_verifiers.find("town-hall") == nullptr);
  json::Object without_keys = hall;
  without_keys.erase("jwks");
  CHECK(code_of(published_trust(*trust, {}, {without_keys})) == ErrorCode::oid4vp_registration_invalid);
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
      {"an unknown member", {{"tls", {other.root.pem()}}}, ErrorCode::invalid_argument},
      {"no certificate",
       {{"iaca", {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}}},
       ErrorCode::certificate_malformed},
      {"empty", {{"registrar", {""}}}, ErrorCode::pem_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(published_trust(*trust, row.others, {})) == row.want);
  }
}

}  // namespace mibun::server
