#include "core/jose/jwk_set.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using jose::Jwk;
using jose::JwkSet;
using jose::KeyUse;

namespace {

json::Object member(std::string_view kid, std::string_view use = {}) {
  Jwk jwk(crypto::P256PrivateKey::generate().public_key());
  jwk.set_kid(std::string(kid));
  if (!use.empty()) jwk.set_use(std::string(use));
  return jwk.to_json();
}

json::Object set_of(json::Array keys) {
  return {{"keys", std::move(keys)}};
}

}  // namespace

TEST_CASE("RFC 7517, appendix A: keys that we have are taken, RSA is left out, private keys refuse the set") {
  const auto set = must(JwkSet::parse(read_vector("jose-rfc7515-7516-7517-7638/rfc7517_A.1.jwkset")));
  CHECK(set.keys().size() == 1);
  CHECK(set.ignored() == 1);
  CHECK(must(set.find("1", KeyUse::encryption))->key().p256() != nullptr);
  CHECK(code_of(set.find("1", KeyUse::signature)) == ErrorCode::jwk_not_found);  // "use":"enc"
  for (const char* file : {"rfc7515_A.6.jwkset", "rfc7517_A.2.jwkset", "rfc7517_A.3.jwkset"}) {
    CHECK(code_of(JwkSet::parse(read_vector(std::string("jose-rfc7515-7516-7517-7638/") + file))) ==
          ErrorCode::private_key_rejected);
  }
}

TEST_CASE("a key is found by its name and its use, or not at all") {
  const auto set = must(JwkSet::parse(set_of({member("a", "sig"), member("a", "enc"), member("b"), member("c", "sig"),
                                              member("c", "sig"), json::Object{{"kty", "oct5"}}})));
  CHECK(set.keys().size() == 5);
  CHECK(set.ignored() == 1);
  CHECK(must(set.find("a", KeyUse::signature))->use() == "sig");
  CHECK(must(set.find("a", KeyUse::encryption))->use() == "enc");
  CHECK(must(set.find("b", KeyUse::signature)) == must(set.find("b", KeyUse::encryption)));
  CHECK(code_of(set.find("c", KeyUse::signature)) == ErrorCode::jwk_ambiguous);
  CHECK(code_of(set.find("c", KeyUse::encryption)) == ErrorCode::jwk_not_found);
  CHECK(code_of(set.find("A", KeyUse::signature)) == ErrorCode::jwk_not_found);
  CHECK(code_of(set.find("", KeyUse::signature)) == ErrorCode::jwk_not_found);
  CHECK(code_of(set.only(KeyUse::signature)) == ErrorCode::jwk_ambiguous);
  const auto one = must(JwkSet::parse(set_of({member("a", "sig"), member("b", "enc")})));
  CHECK(must(one.only(KeyUse::encryption))->kid() == "b");
  CHECK(code_of(must(JwkSet::parse(set_of({}))).only(KeyUse::signature)) == ErrorCode::jwk_not_found);
  CHECK(must(JwkSet::parse(one.to_json())).keys().size() == 2);
}

TEST_CASE("a set of another shape is refused") {
  json::Array too_many;
  for (std::size_t i = 0; i <= jose::kJwkSetKeysMax; ++i) too_many.push_back(json::Object{{"kty", "RSA"}});
  const json::Object off_curve{{"kty", "EC"},
                               {"crv", "P-256"},
                               {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                               {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a8"}};
  struct Row {
    const char* why;
    json::Object set;
    ErrorCode want;
  };
  const Row rows[] = {
      {"no keys", {}, ErrorCode::jwk_set_malformed},
      {"a single key", member("a"), ErrorCode::jwk_set_malformed},
      {"keys an object", {{"keys", json::Object()}}, ErrorCode::jwk_set_malformed},
      {"keys null", {{"keys", nullptr}}, ErrorCode::jwk_set_malformed},
      {"a string among them", set_of({"x"}), ErrorCode::jwk_set_malformed},
      {"too many", set_of(std::move(too_many)), ErrorCode::jwk_set_malformed},
      {"a symmetric key among them", set_of({member("a"), json::Object{{"kty", "oct"}, {"k", "AQ"}}}),
       ErrorCode::private_key_rejected},
      {"a private key of a kind we do not know", set_of({json::Object{{"kty", "AKP"}, {"d", "AQ"}}}),
       ErrorCode::private_key_rejected},
      {"a bad point is left out", set_of({off_curve}), ErrorCode::internal_error},
      {"other members are ignored", {{"keys", json::Array{}}, {"next", 1}}, ErrorCode::internal_error},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(JwkSet::parse(row.set)) == row.want);
  }
  CHECK(code_of(JwkSet::parse(R"({"keys":[],"keys":[]})")) == ErrorCode::json_duplicate_key);
  CHECK(code_of(JwkSet::parse(R"({"keys":[],"a":")" + std::string(jose::kJwkSetBytesMax, 'x') + "\"}")) ==
        ErrorCode::json_too_large);
}
