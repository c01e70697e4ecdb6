// Type metadata of a verified credential: what is fetched, what is inherited, and whether the credential obeys.
#include "core/sd_jwt/type_resolver.h"

#include <doctest/doctest.h>

#include <map>

#include "core/sd_jwt/type_rules.h"
#include "tests/core/sd_jwt/fixture.h"
#include "tests/support/vectors.h"

using namespace mibun;
using sd_jwt::ClaimPath;
using sd_jwt::EveryElement;
using sd_jwt::ResolvedType;
using sd_jwt::TypeResolver;
using world::Forge;

namespace {

std::string integrity_of(const std::string& document) {
  return "sha256-" + base64::encode(crypto::sha256(document));
}

sd_jwt::VerifiedSdJwt credential_of(const std::string& vct, const std::string& integrity = {}) {
  Forge forge;
  forge.payload["vct"] = vct;
  if (!integrity.empty()) forge.payload["vct#integrity"] = integrity;
  const sd_jwt::IssuerPolicy policy{.anchors = world::issuer_policy().anchors, .vcts = {vct}};
  return must(sd_jwt::verify_issued(forge.without_kb(), policy, kTestNow));
}

using Registry = std::map<std::string, std::string>;

Result<ResolvedType> resolve(const sd_jwt::VerifiedSdJwt& credential, const Registry& registry) {
  TypeResolver resolver(credential);
  while (const sd_jwt::TypeDocumentNeed* need = resolver.need()) {
    MIBUN_CHECK(resolver.supply(as_bytes(registry.at(need->vct))));
  }
  return *resolver.type();
}

Result<ResolvedType> resolve(const std::string& vct, const Registry& registry) {
  return resolve(credential_of(vct), registry);
}

}  // namespace

TEST_CASE("SD-JWT VC: the published chain gives the published claims") {
  const auto examples = must(json::parse_object(read_vector("sd-jwt-vc/examples.json"), {.bytes_max = 4 << 20}));
  const auto example = [&](std::int64_t number) {
    for (const json::Value& one : examples.at("examples").as_array()) {
      if (one.at("n").as_int64() == number) return one.at("value");
    }
    throw std::runtime_error("no such example");
  };
  const json::Value base = example(19), child = example(20);
  const Registry registry{{std::string(base.at("vct").as_string()), json::serialize(base)},
                          {std::string(child.at("vct").as_string()), json::serialize(child)}};
  const auto type = must(resolve("https://example.com/custom-type-metadata", registry));
  CHECK(type.vcts ==
        std::vector<std::string>{"https://example.com/custom-type-metadata", "https://example.com/base-type-metadata"});
  const json::Value effective = example(21);
  const json::Array& wanted = effective.at("claims").as_array();
  REQUIRE(type.claims.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(type.claims[i].path.to_json() == wanted[i].at("path").as_array());
    CHECK(type.claims[i].display->at(0).label ==
          std::string_view(wanted[i].at("display").at(0).at("label").as_string()));
  }
}

TEST_CASE("what is needed is said, and nothing is taken unasked") {
  TypeResolver resolver(credential_of("https://types.example/a"));
  REQUIRE(resolver.need() != nullptr);
  CHECK(resolver.need()->vct == "https://types.example/a");
  CHECK(resolver.need()->is_url);
  CHECK(!resolver.need()->integrity);
  CHECK(resolver.type() == nullptr);
  const std::string base = R"({"vct":"urn:test:base","name":"base"})";
  const std::string child = R"({"vct":"https://types.example/a","extends":"urn:test:base","extends#integrity":")" +
                            integrity_of(base) + R"("})";
  CHECK(resolver.supply(as_bytes(child)).has_value());
  REQUIRE(resolver.need() != nullptr);
  CHECK(resolver.need()->vct == "urn:test:base");
  CHECK(!resolver.need()->is_url);
  CHECK(resolver.need()->integrity->text() == integrity_of(base));
  CHECK(resolver.type() == nullptr);
  CHECK(resolver.supply(as_bytes(base)).has_value());
  CHECK(resolver.need() == nullptr);
  REQUIRE(resolver.type() != nullptr);
  CHECK(resolver.type()->name == "base");
  CHECK(code_of(resolver.supply(as_bytes(base))) == ErrorCode::invalid_argument);
  for (const char* vct : {"http://types.example/a", "urn:x", "https://user@types.example/a", "ftp://a.example/x"}) {
    CHECK(!TypeResolver(credential_of(vct)).need()->is_url);
  }
}

TEST_CASE("a document that must not be used ends the work") {
  const std::string good = R"({"vct":"urn:x"})";
  struct Row {
    const char* why;
    std::string integrity, document;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing wrong", integrity_of(good), good, ErrorCode::internal_error},
      {"another document", integrity_of("x"), good, ErrorCode::sd_jwt_integrity_mismatch},
      {"a space more", integrity_of(good), good + " ", ErrorCode::sd_jwt_integrity_mismatch},
      {"broken, and another", integrity_of(good), "{", ErrorCode::sd_jwt_integrity_mismatch},
      {"an algorithm nobody knows", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", good, ErrorCode::sd_jwt_integrity_mismatch},
      {"another type", "", R"({"vct":"urn:y"})", ErrorCode::sd_jwt_type_metadata_mismatch},
      {"the type in other letters", "", R"({"vct":"URN:x"})", ErrorCode::sd_jwt_type_metadata_mismatch},
      {"no document", "", "", ErrorCode::json_malformed},
      {"it extends itself", "", R"({"vct":"urn:x","extends":"urn:x"})", ErrorCode::sd_jwt_type_metadata_cycle},
      {"too large", "", good + std::string(sd_jwt::kTypeMetadataBytesMax, ' '),
       ErrorCode::sd_jwt_type_metadata_too_large},
      {"too large, before anybody hashes it", integrity_of("x"), std::string(sd_jwt::kTypeMetadataBytesMax + 1, ' '),
       ErrorCode::sd_jwt_type_metadata_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    TypeResolver resolver(credential_of("urn:x", row.integrity));
    CHECK(to_string(code_of(resolver.supply(as_bytes(row.document)))) == to_string(row.want));
    CHECK(resolver.need() == nullptr);
    CHECK((resolver.type() != nullptr) == (row.want == ErrorCode::internal_error));
  }
}

TEST_CASE("chains have an end") {
  const auto chain = [](int length, const std::string& last) {
    Registry registry;
    for (int i = 0; i < length; ++i) {
      const std::string vct = "urn:x:" + std::to_string(i);
      const std::string next = i + 1 < length ? "urn:x:" + std::to_string(i + 1) : last;
      registry[vct] = R"({"vct":")" + vct + (next.empty() ? "\"}" : R"(","extends":")" + next + "\"}");
    }
    return code_of(resolve("urn:x:0", registry));
  };
  CHECK(chain(8, "") == ErrorCode::internal_error);
  CHECK(chain(9, "") == ErrorCode::sd_jwt_type_metadata_too_deep);
  CHECK(chain(2, "urn:x:0") == ErrorCode::sd_jwt_type_metadata_cycle);
  CHECK(chain(5, "urn:x:3") == ErrorCode::sd_jwt_type_metadata_cycle);
}

TEST_CASE("the claims of a chain have a limit together") {
  const auto resolved = [](std::size_t inherited) {
    std::string claims;
    for (std::size_t i = 0; i < inherited; ++i) {
      claims += (i == 0 ? "" : ",") + std::string(R"({"path":["c)") + std::to_string(i) + R"("]})";
    }
    return code_of(resolve("urn:x", {{"urn:x", R"({"vct":"urn:x","extends":"urn:y","claims":[{"path":["own"]}]})"},
                                     {"urn:y", R"({"vct":"urn:y","claims":[)" + claims + "]}"}}));
  };
  CHECK(resolved(sd_jwt::kTypeClaimsMax - 1) == ErrorCode::internal_error);
  CHECK(resolved(sd_jwt::kTypeClaimsMax) == ErrorCode::sd_jwt_type_metadata_too_large);
}

TEST_CASE("what a type inherits, and what it may not loosen") {
  const auto merged = [](const std::string& base_claim, const std::string& child_claim) {
    return resolve("urn:child",
                   {{"urn:base", R"({"vct":"urn:base","claims":[)" + base_claim + "]}"},
                    {"urn:child", R"({"vct":"urn:child","extends":"urn:base","claims":[)" + child_claim + "]}"}});
  };
  struct Row {
    const char *why, *base, *child;
    ErrorCode want;
  };
  constexpr auto kBad = ErrorCode::sd_jwt_type_metadata_conflict;
  constexpr auto kGood = ErrorCode::internal_error;
  const Row rows[] = {
      {"absent to always", R"({"path":["a"]})", R"({"path":["a"],"sd":"always"})", kGood},
      {"allowed to never", R"({"path":["a"],"sd":"allowed"})", R"({"path":["a"],"sd":"never"})", kGood},
      {"always again", R"({"path":["a"],"sd":"always"})", R"({"path":["a"],"sd":"always"})", kGood},
      {"always kept", R"({"path":["a"],"sd":"always"})", R"({"path":["a"]})", kGood},
      {"always to allowed", R"({"path":["a"],"sd":"always"})", R"({"path":["a"],"sd":"allowed"})", kBad},
      {"always to never", R"({"path":["a"],"sd":"always"})", R"({"path":["a"],"sd":"never"})", kBad},
      {"never to always", R"({"path":["a"],"sd":"never"})", R"({"path":["a"],"sd":"always"})", kBad},
      {"optional to mandatory", R"({"path":["a"],"mandatory":false})", R"({"path":["a"],"mandatory":true})", kGood},
      {"mandatory to optional", R"({"path":["a"],"mandatory":true})", R"({"path":["a"],"mandatory":false})", kBad},
      {"an svg_id for two", R"({"path":["a"],"svg_id":"x"})", R"({"path":["b"],"svg_id":"x"})", kBad},
      {"an svg_id again", R"({"path":["a"],"svg_id":"x"})", R"({"path":["a"],"svg_id":"x"})", kGood},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(to_string(code_of(merged(row.base, row.child))) == to_string(row.want));
  }
  const auto type = must(merged(R"({"path":["a"],"sd":"always","mandatory":true,"svg_id":"a","display":[
                      {"locale":"en","label":"A"},{"locale":"ja","label":"甲"}]})",
                                R"({"path":["a"],"display":[{"locale":"en","label":"B"}]},{"path":["c"]})"));
  REQUIRE(type.claims.size() == 2);
  CHECK(type.claims[0].disclosure == sd_jwt::SelectiveDisclosure::always);
  CHECK(type.claims[0].mandatory == true);
  CHECK(type.claims[0].svg_id == "a");
  CHECK(type.claims[0].display->size() == 1);  // contents of properties are never merged
  CHECK(type.claims[0].display->at(0).label == "B");
}

TEST_CASE("a type's display is its own, or the nearest inherited one") {
  const auto shown = [](const std::string& child_display) {
    const Registry registry{
        {"urn:base",
         R"({"vct":"urn:base","name":"base","display":[{"locale":"ja","name":"基本"},{"locale":"en","name":"Base"}]})"},
        {"urn:child", R"({"vct":"urn:child","extends":"urn:base")" + child_display + "}"}};
    const auto type = must(resolve("urn:child", registry));
    const auto* display = find_display(type.display, "ja");
    return display == nullptr ? std::string() : display->name;
  };
  CHECK(shown("") == "基本");
  CHECK(shown(R"(,"display":[{"locale":"en","name":"Child"}])") == "Child");
  CHECK(shown(R"(,"display":[])").empty());
}

namespace {

ResolvedType type_of(const std::string& claims) {
  return must(resolve(world::kVct, {{world::kVct, R"({"vct":"urn:test:card:1","claims":[)" + claims + "]}"}}));
}

std::string issued() {
  sd_jwt::IssueRequest request{.clear_claims = world::clear_claims()};
  request.clear_claims["clear"] = "x";
  request.clear_claims["place"] = {{"city", "Nara"}, {"zip", "630"}};
  request.clear_claims["open"] = {{"a", 1}};
  request.disclosable = {{"name", "Hanako"},
                         {"address", {{"region", "Tokyo"}, {"street", "Ginza"}}},
                         {"nationalities", {"JP", "DE", "FR"}},
                         {"degrees", {{{"type", "BSc"}, {"year", 2001}}, {{"type", "MSc"}}}}};
  request.disclosable_parts = {
      ClaimPath({"address", "region"}), ClaimPath({"place", "city"}), ClaimPath({"nationalities", std::uint64_t{0}}),
      ClaimPath({"nationalities", std::uint64_t{2}}), ClaimPath({"degrees", EveryElement{}, "type"})};
  request.decoys = {.add = 1, .nested = true};
  return world::issue(request);
}

}  // namespace

TEST_CASE("a credential obeys its type, or is refused: SD-JWT VC, section 5.6") {
  const std::string text = issued();
  const auto verified = must(sd_jwt::verify_issued(text, world::issuer_policy(), kTestNow));
  const auto held = sd_jwt::HeldCredential(verified);
  const auto shown = must(world::verify(
      must(held.present(std::vector{ClaimPath({"nationalities", std::uint64_t{2}}), ClaimPath({"address", "street"}),
                                    ClaimPath({"degrees", std::uint64_t{0}, "year"})},
                        world::key_binding(), world::holder()))));
  constexpr auto kGood = ErrorCode::internal_error;
  constexpr auto kMissing = ErrorCode::sd_jwt_type_claim_missing;
  constexpr auto kNotSd = ErrorCode::sd_jwt_type_claim_not_disclosable;
  constexpr auto kSd = ErrorCode::sd_jwt_type_claim_disclosable;
  constexpr auto kPath = ErrorCode::sd_jwt_type_path_not_applicable;
  struct Row {
    const char *why, *claim;
    ErrorCode held, shown;
  };
  const Row rows[] = {
      {"mandatory, clear", R"({"path":["clear"],"mandatory":true})", kGood, kGood},
      {"mandatory, shown or not", R"({"path":["name"],"mandatory":true})", kGood, kGood},
      {"mandatory and nowhere: a verifier cannot know", R"({"path":["shoe_size"],"mandatory":true})", kMissing, kGood},
      {"mandatory below something closed", R"({"path":["degrees",1,"year"],"mandatory":true})", kMissing, kGood},
      {"mandatory in an object without digests", R"({"path":["open","b"],"mandatory":true})", kMissing, kMissing},
      {"mandatory in an object with digests", R"({"path":["place","country"],"mandatory":true})", kMissing, kGood},
      {"optional and nowhere", R"({"path":["shoe_size"]})", kGood, kGood},
      {"mandatory element", R"({"path":["nationalities",1],"mandatory":true})", kGood, kGood},
      {"mandatory closed element", R"({"path":["nationalities",0],"mandatory":true})", kGood, kGood},
      {"mandatory decoy", R"({"path":["nationalities",3],"mandatory":true})", kMissing, kGood},
      {"mandatory beyond the end", R"({"path":["nationalities",4],"mandatory":true})", kMissing, kMissing},
      {"always, and it is", R"({"path":["name"],"sd":"always"})", kGood, kGood},
      {"always, and it is clear", R"({"path":["clear"],"sd":"always"})", kNotSd, kNotSd},
      {"always, and only its parent is", R"({"path":["address","street"],"sd":"always"})", kNotSd, kNotSd},
      {"always, nested", R"({"path":["address","region"],"sd":"always"})", kGood, kGood},
      {"always, the parent", R"({"path":["address"],"sd":"always"})", kGood, kGood},
      {"never, and it is clear", R"({"path":["clear"],"sd":"never"})", kGood, kGood},
      {"never, and it is a disclosure", R"({"path":["address"],"sd":"never"})", kSd, kSd},
      {"never, and kept back", R"({"path":["name"],"sd":"never"})", kSd, kGood},
      {"never, only its parent is", R"({"path":["address","street"],"sd":"never"})", kGood, kGood},
      {"always for every element", R"({"path":["nationalities",null],"sd":"always"})", kNotSd, kNotSd},
      {"always for a closed element", R"({"path":["nationalities",0],"sd":"always"})", kGood, kGood},
      {"always for a shown element", R"({"path":["nationalities",2],"sd":"always"})", kGood, kGood},
      {"never for a closed element", R"({"path":["nationalities",0],"sd":"never"})", kSd, kSd},
      {"never for a clear element", R"({"path":["nationalities",1],"sd":"never"})", kGood, kGood},
      {"never for a decoy", R"({"path":["nationalities",3],"sd":"never"})", kGood, kSd},
      {"always in every element", R"({"path":["degrees",null,"type"],"sd":"always"})", kGood, kGood},
      {"a name in an array", R"({"path":["nationalities","x"]})", kPath, kPath},
      {"an index in an object", R"({"path":["place",0]})", kPath, kPath},
      {"null in an object", R"({"path":["place",null]})", kPath, kPath},
      {"a name in a text", R"({"path":["clear","x"]})", kPath, kPath},
      {"a name in a text that stays closed", R"({"path":["name","x"]})", kPath, kGood},
      {"the markers are no claims", R"({"path":["_sd"],"mandatory":true})", kMissing, kGood},
      {"below a marker", R"({"path":["nationalities",0,"..."],"mandatory":true})", kPath, kGood},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const ResolvedType type = type_of(row.claim);
    CHECK(to_string(code_of(check_type_rules(held, type))) == to_string(row.held));
    CHECK(to_string(code_of(check_type_rules(shown.credential(), type))) == to_string(row.shown));
  }
  const auto other = must(resolve("urn:x", {{"urn:x", R"({"vct":"urn:x"})"}}));
  CHECK(code_of(check_type_rules(held, other)) == ErrorCode::sd_jwt_type_metadata_mismatch);
  CHECK(code_of(check_type_rules(held, ResolvedType{})) == ErrorCode::sd_jwt_type_metadata_mismatch);
}
