#include "core/sd_jwt/unpack.h"

#include <doctest/doctest.h>

#include "core/sd_jwt/verifier.h"
#include "tests/core/sd_jwt/forge_rows.h"

using namespace mibun;
using world::add;
using world::add_sd;
using world::digest;
using world::disclosure;
using world::Forge;
using world::good;
using world::Row;

TEST_CASE("A6: digests and disclosures: RFC 9901, section 7.1, steps 3 to 5") {
  const Row rows[] = {
      {"nothing changed", [](Forge&) {}, ErrorCode::internal_error},
      {"no _sd_alg means sha-256", [](Forge& f) { f.payload.erase("_sd_alg"); }, ErrorCode::internal_error},
      {"no disclosures", [](Forge& f) { f.disclosures.clear(); }, ErrorCode::internal_error},
      {"_sd_alg sha-512", [](Forge& f) { f.payload["_sd_alg"] = "sha-512"; },
       ErrorCode::sd_jwt_digest_algorithm_not_allowed},
      {"_sd_alg SHA-256", [](Forge& f) { f.payload["_sd_alg"] = "SHA-256"; },
       ErrorCode::sd_jwt_digest_algorithm_not_allowed},
      {"_sd_alg a number", [](Forge& f) { f.payload["_sd_alg"] = 256; },
       ErrorCode::sd_jwt_digest_algorithm_not_allowed},
      {"a disclosure nobody signed", [](Forge& f) { add(f, {"s", "admin", true}); },
       ErrorCode::sd_jwt_unreferenced_disclosure},
      {"a disclosure twice", [](Forge& f) { f.disclosures.push_back(f.disclosures[0]); },
       ErrorCode::sd_jwt_duplicate_disclosure},
      {"a digest twice in one _sd",
       [](Forge& f) { f.payload["_sd"].as_array().emplace_back(digest(f.disclosures[0])); },
       ErrorCode::sd_jwt_duplicate_digest},
      {"a digest twice that nobody opens", [](Forge& f) { f.payload["_sd"].as_array().emplace_back(digest("decoy")); },
       ErrorCode::sd_jwt_duplicate_digest},
      {"a digest in two objects", [](Forge& f) { f.payload["inner"] = {{"_sd", {digest(f.disclosures[0])}}}; },
       ErrorCode::sd_jwt_duplicate_digest},
      {"a digest in _sd and in an array", [](Forge& f) { f.payload["list"] = {{{"...", digest("decoy")}}}; },
       ErrorCode::sd_jwt_duplicate_digest},
      {"a digest again inside a disclosure",
       [](Forge& f) { add_sd(f, {"s", "x", json::Object{{"_sd", {digest("decoy")}}}}); },
       ErrorCode::sd_jwt_duplicate_digest},
      {"_sd not an array", [](Forge& f) { f.payload["_sd"] = "x"; }, ErrorCode::sd_jwt_malformed_digest},
      {"_sd null", [](Forge& f) { f.payload["_sd"] = nullptr; }, ErrorCode::sd_jwt_malformed_digest},
      {"_sd with a number", [](Forge& f) { f.payload["_sd"].as_array().emplace_back(1); },
       ErrorCode::sd_jwt_malformed_digest},
      {"_sd with a short text", [](Forge& f) { f.payload["_sd"].as_array().emplace_back("abc"); },
       ErrorCode::sd_jwt_malformed_digest},
      {"_sd with other characters",
       [](Forge& f) { f.payload["_sd"].as_array().emplace_back(std::string(42, 'A') + "+"); },
       ErrorCode::sd_jwt_malformed_digest},
      {"_sd nested and not an array", [](Forge& f) { f.payload["inner"] = {{"_sd", json::Object()}}; },
       ErrorCode::sd_jwt_malformed_digest},
      {"... with a number", [](Forge& f) { f.payload["list"] = {{{"...", 1}}}; }, ErrorCode::sd_jwt_malformed_digest},
      {"... with a neighbour", [](Forge& f) { f.payload["list"] = {{{"...", digest("d2")}, {"x", 1}}}; },
       ErrorCode::sd_jwt_malformed_digest},
      {"... outside an array", [](Forge& f) { f.payload["inner"] = {{"...", digest("d2")}}; },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"... at the top", [](Forge& f) { f.payload["..."] = digest("d2"); }, ErrorCode::sd_jwt_reserved_claim_name},
      {"a disclosure named _sd", [](Forge& f) { add_sd(f, {"s", "_sd", json::Array()}); },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"a disclosure named ...", [](Forge& f) { add_sd(f, {"s", "...", 1}); }, ErrorCode::sd_jwt_reserved_claim_name},
      {"a disclosure over a clear claim",
       [](Forge& f) {
         f.payload["role"] = "guest";
         add_sd(f, {"s", "role", "admin"});
       },
       ErrorCode::sd_jwt_claim_collision},
      {"two disclosures of one name", [](Forge& f) { add_sd(f, {"s", "given_name", "Eve"}); },
       ErrorCode::sd_jwt_claim_collision},
      {"an element in _sd", [](Forge& f) { add_sd(f, {"s", "lonely"}); }, ErrorCode::sd_jwt_wrong_disclosure_kind},
      {"a property in an array",
       [](Forge& f) {
         add(f, {"s", "name", 1});
         f.payload["list"] = {{{"...", digest(f.disclosures.back())}}};
       },
       ErrorCode::sd_jwt_wrong_disclosure_kind},
      {"a disclosure of four", [](Forge& f) { add_sd(f, {"s", "n", 1, 2}); }, ErrorCode::sd_jwt_malformed_disclosure},
      {"a disclosure that is no base64url", [](Forge& f) { f.disclosures.emplace_back("a+b="); },
       ErrorCode::base64url_bad_character},
      {"a disclosure that is no JSON", [](Forge& f) { f.disclosures.emplace_back("AAAA"); }, ErrorCode::json_malformed},
      {"iss disclosed", [](Forge& f) { add_sd(f, {"s", "iss", world::kIssuer}); },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"nbf disclosed", [](Forge& f) { add_sd(f, {"s", "nbf", 1}); }, ErrorCode::sd_jwt_protected_claim_disclosed},
      {"vct disclosed", [](Forge& f) { add_sd(f, {"s", "vct", 1}); }, ErrorCode::sd_jwt_protected_claim_disclosed},
      {"exp disclosed", [](Forge& f) { add_sd(f, {"s", "exp", 1}); }, ErrorCode::sd_jwt_protected_claim_disclosed},
      {"status disclosed",
       [](Forge& f) {
         f.payload.erase("status");
         add_sd(f, {"s", "status", json::Object()});
       },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"_sd_alg below the top", [](Forge& f) { f.payload["inner"] = {{"_sd_alg", "sha-256"}}; },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"_sd_alg disclosed below the top",
       [](Forge& f) {
         add(f, {"s", "_sd_alg", "sha-256"});
         f.payload["inner"] = {{"_sd", {digest(f.disclosures.back())}}};
       },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"_sd_alg in a disclosed object", [](Forge& f) { add_sd(f, {"s", "x", json::Object{{"_sd_alg", "sha-256"}}}); },
       ErrorCode::sd_jwt_reserved_claim_name},
      {"a part of status disclosed",
       [](Forge& f) {
         add(f, {"s", "more", 1});
         f.payload["status"].as_object()["_sd"] = {digest(f.disclosures.back())};
       },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"an element inside cnf disclosed",
       [](Forge& f) {
         add(f, {"s", "more"});
         f.payload["cnf"].as_object()["list"] = {{{"...", digest(f.disclosures.back())}}};
       },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"an empty _sd", [](Forge& f) { f.payload["inner"] = {{"_sd", json::Array()}}; }, ErrorCode::internal_error},
      {"aka_vcts disclosed", [](Forge& f) { add_sd(f, {"s", "aka_vcts", json::Array{"urn:x"}}); },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"vct#integrity disclosed", [](Forge& f) { add_sd(f, {"s", "vct#integrity", "sha256-x"}); },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"cnf disclosed", [](Forge& f) { add_sd(f, {"s", "cnf", json::Object()}); },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"sub disclosed", [](Forge& f) { add_sd(f, {"s", "sub", "me"}); }, ErrorCode::internal_error},
      {"iat disclosed",
       [](Forge& f) {
         f.payload.erase("iat");
         add_sd(f, {"s", "iat", kTestNow.unix_seconds()});
       },
       ErrorCode::internal_error},
      {"iat disclosed, of tomorrow",
       [](Forge& f) {
         f.payload.erase("iat");
         add_sd(f, {"s", "iat", kTestNow.unix_seconds() + 86'400});
       },
       ErrorCode::jwt_issued_in_future},
      {"iat disclosed, a text",
       [](Forge& f) {
         f.payload.erase("iat");
         add_sd(f, {"s", "iat", "now"});
       },
       ErrorCode::jwt_claim_wrong_type},
      {"aud disclosed, and not us", [](Forge& f) { add_sd(f, {"s", "aud", "https://somebody.example"}); },
       ErrorCode::jwt_audience_mismatch},
      {"_sd_alg disclosed", [](Forge& f) { add_sd(f, {"s", "_sd_alg", "md5"}); },
       ErrorCode::sd_jwt_protected_claim_disclosed},
      {"a name like a protected one, deeper",
       [](Forge& f) {
         add(f, {"s", "exp", 1});
         f.payload["inner"] = {{"_sd", {digest(f.disclosures.back())}}};
       },
       ErrorCode::internal_error},
  };
  check_rows(rows);
}

TEST_CASE("recursion is followed, and bounded") {
  Forge forge = good();
  const std::string leaf = disclosure({"s", "leaf", 1});
  const std::string element = disclosure({"s", json::Object{{"_sd", {digest(leaf)}}}});
  forge.payload["list"] = {{{"...", digest("gone")}}, {{"...", digest(element)}}, 3};
  forge.disclosures.push_back(leaf);  // order does not matter
  forge.disclosures.push_back(element);
  CHECK(must(world::verify(forge.text())).claims().at("list") == json::Value{{{"leaf", 1}}, 3});
  // Without its parent a disclosure hangs in the air.
  forge.disclosures.pop_back();
  CHECK(world::verify_code(forge) == ErrorCode::sd_jwt_unreferenced_disclosure);

  const auto chain = [](int length) {
    Forge deep;
    json::Value inner = 1;
    for (int i = 0; i < length; ++i) {
      deep.disclosures.push_back(disclosure({"s", "n", inner}));
      inner = json::Object{{"_sd", {digest(deep.disclosures.back())}}};
    }
    deep.payload["root"] = inner;
    return world::verify_code(deep);
  };
  CHECK(chain(16) == ErrorCode::internal_error);
  CHECK(chain(17) == ErrorCode::json_too_deep);
  CHECK(chain(500) == ErrorCode::json_too_deep);

  const auto chain_of_arrays = [](int length) {
    Forge deep;
    json::Value inner = 1;
    for (int i = 0; i < length; ++i) {
      deep.disclosures.push_back(disclosure({"s", inner}));
      inner = json::Array{json::Object{{"...", digest(deep.disclosures.back())}}};
    }
    deep.payload["root"] = inner;
    return world::verify_code(deep);
  };
  CHECK(chain_of_arrays(16) == ErrorCode::internal_error);
  CHECK(chain_of_arrays(17) == ErrorCode::json_too_deep);
  CHECK(chain_of_arrays(500) == ErrorCode::json_too_deep);
}
