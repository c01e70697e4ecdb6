#include "core/sd_jwt/disclosure.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/sd_jwt/sd_jwt.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using sd_jwt::Disclosure;

TEST_CASE("A5: a disclosure RFC 9901 does not allow is refused") {
  struct Row {
    std::string_view why, json;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"object property", R"(["s","n",1])", ErrorCode::internal_error},
      {"array element", R"(["s",1])", ErrorCode::internal_error},
      {"white space inside is the issuer's choice", R"([ "s" , "n" , {"a" : 1} ])", ErrorCode::internal_error},
      {"an object", R"({"s":1})", ErrorCode::sd_jwt_malformed_disclosure},
      {"a string", R"("s")", ErrorCode::sd_jwt_malformed_disclosure},
      {"empty", R"([])", ErrorCode::sd_jwt_malformed_disclosure},
      {"one element", R"(["s"])", ErrorCode::sd_jwt_malformed_disclosure},
      {"four elements", R"(["s","n",1,2])", ErrorCode::sd_jwt_malformed_disclosure},
      {"salt a number", R"([1,"n",1])", ErrorCode::sd_jwt_malformed_disclosure},
      {"salt a number in an array", R"([1,1])", ErrorCode::sd_jwt_malformed_disclosure},
      {"name a number", R"(["s",1,1])", ErrorCode::sd_jwt_malformed_disclosure},
      {"name null", R"(["s",null,1])", ErrorCode::sd_jwt_malformed_disclosure},
      {"name is _sd", R"(["s","_sd",1])", ErrorCode::sd_jwt_reserved_claim_name},
      {"name is ...", R"(["s","...",1])", ErrorCode::sd_jwt_reserved_claim_name},
      {"name is _sd, escaped", R"(["s","\u005fsd",1])", ErrorCode::sd_jwt_reserved_claim_name},
      {"not JSON", R"(["s","n",1)", ErrorCode::json_malformed},
      {"after the array", R"(["s","n",1]x)", ErrorCode::json_malformed},
      {"duplicate member in the value", R"(["s","n",{"a":1,"a":2}])", ErrorCode::json_duplicate_key},
      {"a number too large", R"(["s","n",1e400])", ErrorCode::json_number_out_of_range},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(Disclosure::parse(base64url::encode(row.json))) == row.want);
  }
  CHECK(code_of(Disclosure::parse("WyJzIiwibiIsMV0=")) == ErrorCode::base64url_bad_character);
  CHECK(code_of(Disclosure::parse("WyJz IiwibiIsMV0")) == ErrorCode::base64url_bad_character);
  CHECK(code_of(Disclosure::parse("WyJzIiwibiIsMV1")) == ErrorCode::base64url_trailing_bits);
  CHECK(code_of(Disclosure::parse("W")) == ErrorCode::base64url_bad_length);
  CHECK(code_of(Disclosure::parse("")) == ErrorCode::json_malformed);
  CHECK(code_of(Disclosure::parse(std::string(sd_jwt::kDisclosureBytesMax + 1, 'A'))) ==
        ErrorCode::sd_jwt_malformed_disclosure);
}

TEST_CASE("RFC 9901, section 4.2: the published disclosures and digests") {
  const auto family_name =
      must(Disclosure::parse("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"));
  CHECK(family_name.name() == "family_name");
  CHECK(family_name.value() ==
        "M\xc3\xb6"
        "bius");
  CHECK(family_name.digest_text() == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
  const auto element = must(Disclosure::parse("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"));
  CHECK(!element.name().has_value());
  CHECK(element.value() == "FR");
  CHECK(element.digest_text() == "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs");
}

TEST_CASE("what is made parses, and no two are alike") {
  crypto::SystemRng rng;
  const auto one = must(Disclosure::make_property("name", json::Object{{"a", 1}}, rng));
  const auto two = must(Disclosure::make_property("name", json::Object{{"a", 1}}, rng));
  CHECK(one.encoded() != two.encoded());
  const auto again = must(Disclosure::parse(one.encoded()));
  CHECK(again.name() == "name");
  CHECK(again.value() == json::Value{{"a", 1}});
  CHECK(again.digest() == one.digest());
  const auto element = must(Disclosure::parse(Disclosure::make_element(nullptr, rng).encoded()));
  CHECK(!element.name());
  CHECK(element.value().is_null());
  CHECK(code_of(Disclosure::make_property("_sd", 1, rng)) == ErrorCode::sd_jwt_reserved_claim_name);
  CHECK(code_of(Disclosure::make_property("...", 1, rng)) == ErrorCode::sd_jwt_reserved_claim_name);
  const auto salt = must(json::parse(as_text(must(base64url::decode(one.encoded()))))).at(0);
  CHECK(must(base64url::decode(salt.as_string())).size() == 16);
}

TEST_CASE("an SD-JWT is split without loss, or refused") {
  using sd_jwt::SdJwt;
  const auto issued = must(SdJwt::parse("a.b.c~d1~d2~"));
  CHECK(issued.issuer_jwt() == "a.b.c");
  CHECK(issued.disclosure_count() == 2);
  CHECK(issued.disclosure(1) == "d2");
  CHECK(!issued.kb_jwt().has_value());
  const SdJwt moved = must(SdJwt::parse("j~k"));
  const SdJwt presented = moved;
  CHECK(presented.issuer_jwt() == "j");
  CHECK(presented.disclosure_count() == 0);
  CHECK(presented.kb_jwt() == "k");
  CHECK(presented.without_key_binding() == "j~");
  for (const char* bad : {"", "a.b.c", "~", "~d~", "a~~", "a~~k", "a~d~~k"}) {
    INFO(bad);
    CHECK(code_of(SdJwt::parse(bad)) == ErrorCode::sd_jwt_malformed);
  }
  std::string many = "j~";
  for (std::size_t i = 0; i < sd_jwt::kDisclosuresMax; ++i) many += "d~";
  CHECK(SdJwt::parse(many).has_value());
  CHECK(code_of(SdJwt::parse(many + "d~")) == ErrorCode::sd_jwt_too_many_disclosures);
  CHECK(code_of(SdJwt::parse(std::string(sd_jwt::kSdJwtBytesMax, 'a') + "~")) == ErrorCode::sd_jwt_malformed);
}
