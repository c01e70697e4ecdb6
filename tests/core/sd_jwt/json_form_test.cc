// The JWS JSON serialisation: RFC 9901, section 8.
#include "core/sd_jwt/json_form.h"

#include <doctest/doctest.h>

#include "core/jose/jwk.h"
#include "tests/core/sd_jwt/fixture.h"
#include "tests/support/vectors.h"

using namespace mibun;
using sd_jwt::JsonForm;
using world::Forge;

namespace {

// The document breaks long strings over lines.
std::string unfolded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') {
      out += text[i];
      continue;
    }
    while (i + 1 < text.size() && text[i + 1] == ' ') ++i;
  }
  return out;
}

struct Published {
  json::Object document = must(json::parse_object(read_vector("sd-jwt-rfc9901/examples.json"), {.bytes_max = 4 << 20}));
  crypto::PublicKey issuer = must(jose::Jwk::parse(document.at("issuer_public_jwk").as_object())).key();

  std::string text(int number) const {
    for (const json::Value& example : document.at("examples").as_array()) {
      if (example.at("n").as_int64() == number) return unfolded(example.at("value").as_string());
    }
    throw std::runtime_error("no such example");
  }
};

Forge good() {
  Forge forge;
  forge.disclosures = {world::disclosure({"s1", "given_name", "Hanako"}), world::disclosure({"s2", "age", 20})};
  forge.payload["_sd"] = {world::digest(forge.disclosures[0]), world::digest(forge.disclosures[1])};
  return forge;
}

std::string json_of(const std::string& compact, JsonForm form) {
  return must(sd_jwt::to_json(must(sd_jwt::SdJwt::parse(compact)), form));
}

Result<sd_jwt::VerifiedPresentation> verify_json(std::string_view text) {
  return sd_jwt::verify_presentation_json(text, world::issuer_policy(), world::key_binding_policy(), kTestNow);
}

}  // namespace

TEST_CASE("RFC 9901: the published JSON texts verify") {
  const Published rfc;
  const sd_jwt::PlainPolicy policy{.issuer_key = rfc.issuer, .typ = "example+sd-jwt"};
  const Instant presented = Instant::from_unix_seconds(1'748'537'243);
  const sd_jwt::KeyBindingPolicy verifier{.audience = "https://verifier.example.org", .nonce = "1234567890"};
  const auto issued = must(sd_jwt::verify_plain_sd_jwt_json(rfc.text(29), policy, sd_jwt::NoKeyBinding{}, presented));
  CHECK(issued.claims().at("sub") == "john_doe_42");
  CHECK(issued.claims().at("birthdate") == "1940-01-01");
  for (const int number : {30, 31}) {
    INFO(number);
    const auto shown = must(sd_jwt::verify_plain_sd_jwt_json(rfc.text(number), policy, verifier, presented));
    CHECK(shown.claims().at("given_name") == "John");
    CHECK(shown.claims().at("family_name") == "Doe");
    CHECK(!shown.claims().contains("birthdate"));
    CHECK(shown.key_binding_payload()->at("nonce") == "1234567890");
    CHECK(code_of(sd_jwt::verify_plain_sd_jwt_json(rfc.text(number), policy, sd_jwt::NoKeyBinding{}, presented)) ==
          ErrorCode::sd_jwt_key_binding_unexpected);
  }
  CHECK(code_of(sd_jwt::verify_plain_sd_jwt_json(rfc.text(29), policy, verifier, presented)) ==
        ErrorCode::sd_jwt_key_binding_missing);
}

TEST_CASE("compact and JSON say the same, byte for byte") {
  const Forge forge = good();
  Forge bare;
  for (const std::string& compact : {forge.text(), forge.without_kb(), bare.text(), bare.without_kb()}) {
    for (const JsonForm form : {JsonForm::flattened, JsonForm::general}) {
      const std::string text = json_of(compact, form);
      CHECK(must(sd_jwt::parse_json(text)).text() == compact);
      CHECK((must(json::parse_object(text)).contains("signatures")) == (form == JsonForm::general));
    }
  }
  const std::string shown = forge.text(), issued = forge.without_kb();
  for (const JsonForm form : {JsonForm::flattened, JsonForm::general}) {
    const auto verified = must(verify_json(json_of(shown, form)));
    CHECK(verified.text() == shown);
    CHECK(verified.claims().at("given_name") == "Hanako");
    const std::string issued_json = json_of(issued, form);
    CHECK(must(sd_jwt::verify_issued_json(issued_json, world::issuer_policy(), kTestNow)).text() == issued);
    CHECK(code_of(verify_json(issued_json)) == ErrorCode::sd_jwt_key_binding_missing);
    CHECK(code_of(sd_jwt::verify_issued_json(json_of(shown, form), world::issuer_policy(), kTestNow)) ==
          ErrorCode::sd_jwt_key_binding_unexpected);
  }
  CHECK(code_of(sd_jwt::to_json(must(sd_jwt::SdJwt::parse("abc~")), JsonForm::general)) == ErrorCode::sd_jwt_malformed);
}

TEST_CASE("a JSON text that is not of the form is refused") {
  struct Row {
    const char* why;
    void (*change)(json::Object&);
    ErrorCode want;
  };
  constexpr auto kBad = ErrorCode::sd_jwt_json_malformed;
  const auto check = [](JsonForm form, const Row& row) {
    INFO(row.why);
    json::Object document = must(json::parse_object(json_of(good().text(), form)));
    row.change(document);
    CHECK(to_string(code_of(verify_json(json::serialize(document)))) == to_string(row.want));
  };
  using Object = json::Object;
  const Row flattened[] = {
      {"nothing changed", [](Object&) {}, ErrorCode::internal_error},
      {"a member nobody defined", [](Object& o) { o["x"] = 1; }, ErrorCode::internal_error},
      {"an unprotected header nobody defined", [](Object& o) { o["header"].as_object()["x"] = 1; },
       ErrorCode::internal_error},
      {"an unprotected kid", [](Object& o) { o["header"].as_object()["kid"] = "1"; }, ErrorCode::internal_error},
      {"no payload", [](Object& o) { o.erase("payload"); }, kBad},
      {"payload null", [](Object& o) { o["payload"] = nullptr; }, kBad},
      {"payload empty", [](Object& o) { o["payload"] = ""; }, kBad},
      {"payload with a dot", [](Object& o) { o["payload"] = "abc.def"; }, kBad},
      {"payload with a tilde", [](Object& o) { o["payload"] = "abc~def"; }, kBad},
      {"no protected", [](Object& o) { o.erase("protected"); }, kBad},
      {"protected an object", [](Object& o) { o["protected"] = Object(); }, kBad},
      {"protected no base64url", [](Object& o) { o["protected"] = "a"; }, kBad},
      {"no signature", [](Object& o) { o.erase("signature"); }, kBad},
      {"signature a list", [](Object& o) { o["signature"] = json::Array(); }, kBad},
      {"header a text", [](Object& o) { o["header"] = "x"; }, kBad},
      {"alg unprotected, too", [](Object& o) { o["header"].as_object()["alg"] = "ES256"; }, kBad},
      {"x5c unprotected, too", [](Object& o) { o["header"].as_object()["x5c"] = json::Array(); }, kBad},
      {"crit unprotected", [](Object& o) { o["header"].as_object()["crit"] = json::Array{"x"}; }, kBad},
      {"disclosures a text", [](Object& o) { o["header"].as_object()["disclosures"] = "x"; }, kBad},
      {"disclosures with a number", [](Object& o) { o["header"].as_object()["disclosures"] = json::Array{1}; }, kBad},
      {"disclosures with nothing", [](Object& o) { o["header"].as_object()["disclosures"] = json::Array{""}; }, kBad},
      {"two disclosures in one text",
       [](Object& o) { o["header"].as_object()["disclosures"] = json::Array{"abc~def"}; }, kBad},
      {"kb_jwt null", [](Object& o) { o["header"].as_object()["kb_jwt"] = nullptr; }, kBad},
      {"kb_jwt empty", [](Object& o) { o["header"].as_object()["kb_jwt"] = ""; }, kBad},
      {"kb_jwt with a disclosure", [](Object& o) { o["header"].as_object()["kb_jwt"] = "abc~a.b.c"; }, kBad},
      {"signatures beside signature", [](Object& o) { o["signatures"] = json::Array(); }, kBad},
      {"a disclosure left out", [](Object& o) { o["header"].as_object()["disclosures"].as_array().pop_back(); },
       ErrorCode::sd_jwt_key_binding_hash_mismatch},
      {"no header", [](Object& o) { o.erase("header"); }, ErrorCode::sd_jwt_key_binding_missing},
      {"another payload", [](Object& o) { o["payload"] = "e30"; }, ErrorCode::jws_signature_invalid},
  };
  for (const Row& row : flattened) check(JsonForm::flattened, row);
  const Row general[] = {
      {"nothing changed", [](Object&) {}, ErrorCode::internal_error},
      {"no signature", [](Object& o) { o["signatures"] = json::Array(); }, kBad},
      {"signatures an object", [](Object& o) { o["signatures"] = Object(); }, kBad},
      {"a signature that is a text", [](Object& o) { o["signatures"] = json::Array{"x"}; }, kBad},
      {"flattened members beside it", [](Object& o) { o["protected"] = "e30"; }, kBad},
      {"a second signature",
       [](Object& o) { o["signatures"].as_array().push_back({{"protected", "e30"}, {"signature", "AAAA"}}); },
       ErrorCode::internal_error},
      {"a second signature with disclosures",
       [](Object& o) {
         o["signatures"].as_array().push_back(
             {{"protected", "e30"}, {"signature", "AAAA"}, {"header", {{"disclosures", json::Array()}}}});
       },
       kBad},
      {"a second signature with a kb_jwt",
       [](Object& o) {
         o["signatures"].as_array().push_back(
             {{"protected", "e30"}, {"signature", "AAAA"}, {"header", {{"kb_jwt", "a.b.c"}}}});
       },
       kBad},
      {"a second signature without protected",
       [](Object& o) { o["signatures"].as_array().push_back({{"signature", "AAAA"}}); }, kBad},
      {"the second signature is the good one",
       [](Object& o) {
         json::Array& all = o["signatures"].as_array();
         all.insert(all.begin(), json::Value{{"protected", "e30"}, {"signature", "AAAA"}});
       },
       kBad},  // its header has the disclosures
      {"too many signatures",
       [](Object& o) {
         for (int i = 0; i < 16; ++i) {
           o["signatures"].as_array().push_back({{"protected", "e30"}, {"signature", "AAAA"}});
         }
       },
       kBad},
  };
  for (const Row& row : general) check(JsonForm::general, row);
  CHECK(code_of(verify_json("[]")) == ErrorCode::json_wrong_type);
  CHECK(code_of(verify_json(R"({"payload":"a","payload":"b"})")) == ErrorCode::json_duplicate_key);
  CHECK(code_of(verify_json(good().text())) == ErrorCode::json_malformed);
  CHECK(code_of(world::verify(json_of(good().text(), JsonForm::flattened))) == ErrorCode::sd_jwt_malformed);
}

TEST_CASE("every flipped byte of a flattened text is refused, or says the same") {
  const std::string text = json_of(good().text(), JsonForm::flattened);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK(!verify_json(bad).has_value());
  }
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(!verify_json(text.substr(0, size)).has_value());
}
