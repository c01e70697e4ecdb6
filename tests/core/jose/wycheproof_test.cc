#include <doctest/doctest.h>

#include <map>

#include "core/codecs/base64url.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "core/jose/jwk_set.h"
#include "core/jose/jws.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;

namespace {

constexpr std::string_view kKid[] = {"kid"};

template <class Work>
void for_each_test(const char* file, Work&& work) {
  const json::Limits limits{.bytes_max = 4 << 20, .values_max = 200'000};
  const json::Object document = must(json::parse_object(read_vector(std::string("wycheproof/") + file), limits));
  for (const auto& group : document.at("testGroups").as_array()) {
    for (const auto& test : group.at("tests").as_array()) work(group.as_object(), test.as_object());
  }
}

std::string text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// The published key as we would be given it, alone or as a set: public members only.
Result<jose::Jwk> public_jwk(const json::Object& group) {
  const json::Value* key = group.if_contains("public");
  if (key == nullptr) key = group.if_contains("private");
  if (key == nullptr || !key->is_object()) return fail(ErrorCode::jwk_unsupported);
  if (!key->get_object().contains("keys")) return jose::Jwk::parse(key->get_object());
  MIBUN_TRY(const jose::JwkSet set, jose::JwkSet::parse(key->get_object()));
  MIBUN_TRY(const jose::Jwk* one, set.only(jose::KeyUse::signature));
  return *one;
}

ErrorCode verify_jws(const json::Object& group, const json::Object& test) {
  const auto jwk = public_jwk(group);
  if (!jwk) return jwk.error().code;
  if (const auto allowed = jwk->check_use(jose::KeyUse::signature); !allowed) return allowed.error().code;
  const auto jws = jose::Jws::parse(text(test, "jws"));
  if (!jws) return jws.error().code;
  return code_of(jws->verify_bytes(jwk->key(), {.typ = jose::kNoTyp, .key_headers = kKid}));
}

ErrorCode open_jwe(const json::Object& group, const json::Object& test) {
  const auto jwe = jose::Jwe::parse(text(test, "jwe"), jose::kEcdhEsWithKeyWrapping);
  if (!jwe) return jwe.error().code;
  const auto key = jose::parse_private_jwk(json::serialize(group.at("private").as_object()));
  if (!key) return key.error().code;
  return code_of(jwe->decrypt(*key));
}

std::string header_of(const std::string& compact, const char* name) {
  const auto bytes = base64url::decode(std::string_view(compact).substr(0, compact.find('.')));
  if (!bytes) return {};
  const auto header = json::parse_object(as_text(*bytes));
  return header ? text(*header, name) : std::string();
}

// Why a test that is published as valid is refused here; "accepted" when it is not. Each has its reason in
// tests/vectors/wycheproof/DECISIONS.md, and a test without one ends the run.
std::string decision(const json::Object& test, ErrorCode code) {
  if (code == ErrorCode::internal_error) return "accepted";
  const std::string token = test.contains("jws") ? text(test, "jws") : text(test, "jwe");
  const std::string alg = header_of(token, "alg"), enc = header_of(token, "enc");
  const auto starts = [&](std::string_view prefix) { return alg.starts_with(prefix); };
  if (starts("HS")) return "HMAC";
  if (starts("RS") || starts("PS")) return "RSA";  // RSA1_5 and RSA-OAEP too
  if (alg == "ES512") return "P-521";
  if (starts("A") || alg == "dir") return "symmetric key";
  if (alg == "ECDH-ES+A192KW" || enc == "A192GCM") return "192 bits";
  if (enc.contains("CBC")) return "CBC";
  if (starts("ECDH-ES") && code == ErrorCode::jwe_header_malformed) return "P-384 agreement";
  if (alg.empty()) return "characters outside base64url";
  return "UNDECIDED";
}

using Decisions = std::map<std::string, int>;

// The decisions for all tests that are not invalid; an invalid one that passes is an error at once.
template <class Judge>
Decisions decide(const char* file, Judge&& judge) {
  Decisions found;
  for_each_test(file, [&](const json::Object& group, const json::Object& test) {
    INFO(file << " tcId " << test.at("tcId").as_int64() << " " << text(test, "comment"));
    const ErrorCode code = judge(group, test);
    if (text(test, "result") == "invalid") {
      CHECK(code != ErrorCode::internal_error);
      ++found["invalid, refused"];
      return;
    }
    const std::string why = decision(test, code);
    CHECK(why != "UNDECIDED");
    ++found[why];
  });
  return found;
}

}  // namespace

TEST_CASE("Wycheproof, JSON Web Signature: valid ES256 is accepted, each other valid one refused by a decision") {
  CHECK(decide("json_web_signature_test.json", verify_jws) == Decisions{{"accepted", 2},
                                                                        {"HMAC", 9},
                                                                        {"RSA", 32},
                                                                        {"P-521", 2},
                                                                        {"characters outside base64url", 1},
                                                                        {"invalid, refused", 355}});
}

TEST_CASE("Wycheproof, JSON Web Key: what is wrong with a key or a set of keys is seen") {
  CHECK(decide("json_web_key_test.json", verify_jws) == Decisions{{"HMAC", 4}, {"RSA", 1}, {"invalid, refused", 21}});
}

TEST_CASE("Wycheproof, JSON Web Encryption: ECDH-ES with GCM opens, each other valid one refused by a decision") {
  CHECK(decide("json_web_encryption_test.json", open_jwe) == Decisions{{"accepted", 8},
                                                                       {"RSA", 22},
                                                                       {"CBC", 12},
                                                                       {"symmetric key", 18},
                                                                       {"192 bits", 4},
                                                                       {"P-384 agreement", 1},
                                                                       {"invalid, refused", 74}});
}

TEST_CASE("Wycheproof, JSON Web Crypto: a JWS is never a JWE and the other way round") {
  const auto judge = [](const json::Object& group, const json::Object& test) {
    const bool is_jws = test.contains("jws");
    const std::string token = is_jws ? text(test, "jws") : text(test, "jwe");
    CHECK(!(is_jws ? jose::Jwe::parse(token, jose::kEcdhEsWithKeyWrapping).has_value()
                   : jose::Jws::parse(token).has_value()));
    return is_jws ? verify_jws(group, test) : open_jwe(group, test);
  };
  CHECK(
      decide("json_web_crypto_test.json", judge) ==
      Decisions{{"accepted", 1}, {"HMAC", 2}, {"RSA", 1}, {"CBC", 1}, {"symmetric key", 1}, {"invalid, refused", 77}});
}

TEST_CASE("Wycheproof, JSON Web Signature: other algorithms are refused for being others, whatever the key") {
  int rows = 0;
  for_each_test("json_web_signature_test.json", [&](const json::Object&, const json::Object& test) {
    const std::string alg = header_of(text(test, "jws"), "alg");
    if (text(test, "result") != "valid" || alg == "ES256" || alg.empty()) return;
    INFO("tcId " << test.at("tcId").as_int64());
    CHECK(code_of(jose::Jws::parse(text(test, "jws"))) == ErrorCode::jws_alg_not_allowed);
    ++rows;
  });
  CHECK(rows == 43);
}

TEST_CASE("Wycheproof, ECDH with JWKs") {
  int agreed = 0, refused = 0;
  for_each_test("ecdh_secp256r1_webcrypto_test.json", [&](const json::Object&, const json::Object& test) {
    INFO("tcId " << test.at("tcId").as_int64() << " " << text(test, "comment"));
    const auto jwk = jose::Jwk::parse(test.at("public").as_object());
    const auto peer = jwk ? jwk->p256() : Result<crypto::P256PublicKey>(std::unexpected(jwk.error()));
    REQUIRE(peer.has_value() == (text(test, "result") == "valid"));
    ++(peer ? agreed : refused);
    if (!peer) return;
    const auto key = must(jose::parse_private_jwk(json::serialize(test.at("private").as_object())));
    CHECK(hex::encode(must(key.agree(*peer)).reveal()) == text(test, "shared"));
  });
  CHECK(agreed == 330);
  CHECK(refused == 23);
}

TEST_CASE("Wycheproof, sets of keys that we do not offer: our door refuses them as such") {
  // X25519: no key agreement of ours.
  int keys = 0, ours = 0;
  for_each_test("x25519_jwk_test.json", [&](const json::Object&, const json::Object& test) {
    INFO("tcId " << test.at("tcId").as_int64());
    const auto code = code_of(jose::Jwk::parse(test.at("public").as_object()));
    // Two of the invalid ones are good keys of curves that we have; they are no X25519 keys.
    const bool refused = code != ErrorCode::internal_error;
    CHECK((refused || text(test.at("public").as_object(), "crv") != "X25519"));
    ours += refused ? 0 : 1;
    ++keys;
  });
  CHECK(keys == 531);
  CHECK(ours == 2);
  // P-521 and brainpool as JWKs, where the file has them.
  int groups = 0;
  for (const char* file : {"ecdsa_secp521r1_sha512_p1363_test.json", "ecdsa_brainpoolP256r1_sha256_test.json"}) {
    for_each_test(file, [&](const json::Object& group, const json::Object&) {
      const json::Value* key = group.if_contains("publicKeyJwk");
      if (key == nullptr) return;
      CHECK(code_of(jose::Jwk::parse(key->as_object())) == ErrorCode::jwk_unsupported);
      ++groups;
    });
  }
  CHECK(groups > 0);
}
