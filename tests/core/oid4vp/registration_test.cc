#include "core/oid4vp/registration.h"

#include <doctest/doctest.h>

#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

TEST_CASE("a registration comes back as the registrar signed it") {
  const World world;
  const VerifiedRegistration verified = world.verified(world.registration());
  CHECK(json::serialize(verified.content().to_json()) == json::serialize(world.registration().to_json()));
  CHECK(verified.content().organization.ja == "みほん商店");
  CHECK(verified.content().retention.days == 30);
  CHECK(verified.content().credentials[0].claims.size() == 4);
}

TEST_CASE("a registration counts only from a registrar, and only while it is in force") {
  const World world;
  const std::string text = must(sign_registration(world.registration(), world.registrar.key, world.registrar.chain));
  const auto verify = [&](std::string_view jws, Instant now) {
    return code_of(VerifiedRegistration::verify(jws, world.registrars, now));
  };
  const Instant exp = world.registration().expires_at;
  CHECK(verify(text, exp + seconds(59)) == ErrorCode::internal_error);
  CHECK(verify(text, exp + seconds(60)) == ErrorCode::jwt_expired);
  CHECK(verify(text, world.registration().issued_at - seconds(61)) == ErrorCode::jwt_issued_in_future);

  const auto by = [&](const TestSigner& signer, const Registration& registration) {
    return verify(must(sign_registration(registration, signer.key, signer.chain)), kTestNow);
  };
  const TestAuthority strangers("strangers");
  using Purpose = crypto::CertificatePurpose;
  CHECK(by({strangers, Purpose::registrar, "registrar.example"}, world.registration()) ==
        ErrorCode::certificate_untrusted);
  // The partner registers itself.
  CHECK(by({world.registrar_authority, Purpose::verifier_access, "registrar.example"}, world.registration()) ==
        ErrorCode::certificate_wrong_purpose);
  CHECK(by(world.shop, world.registration()) == ErrorCode::certificate_untrusted);
  CHECK(by({world.registrar_authority, Purpose::registrar, "other.example"}, world.registration()) ==
        ErrorCode::jwt_issuer_mismatch);
  CHECK(verify(text.substr(0, text.size() - 4) + "AAAA", kTestNow) == ErrorCode::jws_signature_invalid);
  const auto wrong_typ = jose::sign_jws({{"typ", "jwt"}, {"x5c", jose::x5c_member(world.registrar.chain)}},
                                        world.registration().to_json(), world.registrar.key);
  CHECK(verify(must(wrong_typ), kTestNow) == ErrorCode::jws_typ_mismatch);
}

TEST_CASE("a registration that leaves something unsaid is none") {
  const World world;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
  };
  const Row rows[] = {
      {"iss", [](auto& p) { p.erase("iss"); }},
      {"sub", [](auto& p) { p.erase("sub"); }},
      {"sub empty", [](auto& p) { p["sub"] = ""; }},
      {"registration_id", [](auto& p) { p["registration_id"] = 1; }},
      {"organization", [](auto& p) { p.erase("organization"); }},
      {"organization text", [](auto& p) { p["organization"] = "Shop"; }},
      {"name in one language", [](auto& p) { p["organization"].as_object()["name"].as_object().erase("ja"); }},
      {"contact", [](auto& p) { p["organization"].as_object().erase("contact"); }},
      {"purpose", [](auto& p) { p.erase("purpose"); }},
      {"purpose empty", [](auto& p) { p["purpose"].as_object()["en"] = ""; }},
      {"purpose too long", [](auto& p) { p["purpose"].as_object()["en"] = std::string(2001, 'a'); }},
      {"retention", [](auto& p) { p.erase("retention"); }},
      {"retention days", [](auto& p) { p["retention"].as_object()["days"] = -1; }},
      {"retention days text", [](auto& p) { p["retention"].as_object()["days"] = "30"; }},
      {"retention text", [](auto& p) { p["retention"].as_object().erase("text"); }},
      {"cautions", [](auto& p) { p.erase("cautions"); }},
      {"credentials", [](auto& p) { p.erase("credentials"); }},
      {"credentials empty", [](auto& p) { p["credentials"] = json::Array{}; }},
      {"credential text", [](auto& p) { p["credentials"].as_array()[0] = "x"; }},
      {"vct", [](auto& p) { p["credentials"].as_array()[0].as_object().erase("vct"); }},
      {"claims", [](auto& p) { p["credentials"].as_array()[0].as_object().erase("claims"); }},
      {"claim text", [](auto& p) { p["credentials"].as_array()[0].as_object()["claims"] = json::Array{"a"}; }},
      {"claim empty",
       [](auto& p) {
         json::Array claims;
         claims.push_back(json::Array{});
         p["credentials"].as_array()[0].as_object()["claims"] = std::move(claims);
       }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object payload = world.registration().to_json();
    CHECK(Registration::parse(payload).has_value());
    row.change(payload);
    CHECK(code_of(Registration::parse(payload)) == ErrorCode::oid4vp_registration_invalid);
  }
  json::Object many = world.registration().to_json();
  json::Array& claims = many["credentials"].as_array()[0].as_object()["claims"].as_array();
  while (claims.size() < 100) claims.push_back(json::Value(claims[0]));
  CHECK(Registration::parse(many).has_value());
  claims.push_back(json::Value(claims[0]));
  CHECK(code_of(Registration::parse(many)) == ErrorCode::oid4vp_registration_invalid);
  json::Object no_exp = world.registration().to_json();
  no_exp.erase("exp");
  CHECK(code_of(Registration::parse(no_exp)) == ErrorCode::jwt_claim_missing);
  Registration silent = world.registration();
  silent.purpose.ja.clear();
  CHECK(code_of(sign_registration(silent, world.registrar.key, world.registrar.chain)) ==
        ErrorCode::oid4vp_registration_invalid);
}

TEST_CASE("only what is registered may be asked") {
  const World world;
  const Registration registration = world.registration();
  const auto ask = [&](const std::string& credential) {
    return registration.allows(must(dcql::Query::parse(object_of(R"({"credentials":[)" + credential + "]}"))));
  };
  const auto claims = [&](const std::string& list) {
    return ask(
        R"({"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},"claims":)" +
        list + "}");
  };
  const auto refused = ErrorCode::oid4vp_claim_not_registered;
  CHECK(claims(R"([{"path":["given_name"]}])").has_value());
  CHECK(claims(R"([{"path":["given_name"]},{"path":["age_equal_or_over","20"]}])").has_value());
  CHECK(claims(R"([{"path":["nationalities",1]},{"path":["nationalities",null]}])").has_value());
  CHECK(code_of(claims(R"([{"path":["nationalities"]}])")) == refused);
  CHECK(code_of(claims(R"([{"path":["age_equal_or_over","18"]}])")) == refused);
  CHECK(code_of(claims(R"([{"path":["age_equal_or_over"]}])")) == refused);
  const auto birth_date = claims(R"([{"path":["given_name"]},{"path":["birth_date"]}])");
  CHECK(code_of(birth_date) == refused);
  CHECK(birth_date.error().where == R"(["birth_date"])");
  // Even as the last resort of a claim set.
  CHECK(code_of(ask(R"({"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
      "claims":[{"id":"x","path":["given_name"]},{"id":"y","path":["birth_date"]}],"claim_sets":[["x"],["y"]]})")) ==
        refused);
  CHECK(code_of(ask(R"({"id":"a","format":"dc+sd-jwt","meta":{}})")) == refused);
  CHECK(code_of(
            ask(R"({"id":"a","format":"mso_mdoc","meta":{"doctype_value":"https://issuer.example/vct/identity"}})")) ==
        refused);
  CHECK(code_of(ask(R"({"id":"a","format":"dc+sd-jwt",
      "meta":{"vct_values":["https://issuer.example/vct/identity","https://issuer.example/vct/other"]}})")) == refused);
}
