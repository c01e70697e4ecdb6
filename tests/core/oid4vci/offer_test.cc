#include "core/oid4vci/offer.h"

#include "tests/core/oid4vci/support.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

CredentialOffer example() {
  return {
      .credential_issuer = "https://issuer.example",
      .configuration_ids = {"identity"},
      .pre_authorized_code = "code+with/odd=characters&more",
      .tx_code =
          TxCode{.input_mode = TxCode::InputMode::numeric, .length = 6, .description = "郵便で届いた 番号 + \"引用\""},
      .authorization_server = std::nullopt};
}

}  // namespace

TEST_CASE("the specification's offers with a pre-authorized code are read") {
  const auto simple =
      CredentialOffer::parse_json(read_vector("openid4vci-1.0/credential_offer_pre-authz_code.json")).value();
  CHECK(simple.credential_issuer == "https://credential-issuer.example.com");
  CHECK(simple.configuration_ids == std::vector<std::string>{"UniversityDegreeCredential"});
  CHECK(simple.pre_authorized_code == "adhjhdjajkdkhjhdj");
  REQUIRE(simple.tx_code.has_value());
  CHECK(simple.tx_code->description->starts_with("Please provide"));

  const auto two =
      CredentialOffer::parse_json(read_vector("openid4vci-1.0/credential_offer_multiple_credentials.json")).value();
  CHECK(two.configuration_ids.size() == 2);
  CHECK(two.tx_code->length == 4);
  CHECK(two.tx_code->input_mode == TxCode::InputMode::numeric);

  // tx_code present means required, even when it is empty.
  CHECK(CredentialOffer::parse_json(read_vector("openid4vci-1.0/credential_offer_by_reference.json"))
            .value()
            .tx_code.has_value());
}

TEST_CASE("an offer for the authorization code alone is not ours") {
  const std::string message = read_vector("openid4vci-1.0/credential_offer_authz_code.txt");
  CHECK(code_of(CredentialOffer::parse_json(message.substr(message.find('{')))) == "oauth_unsupported_grant_type");
}

TEST_CASE("an offer survives its link") {
  const CredentialOffer offer = example();
  const std::string uri = offer.to_uri();
  CHECK(uri.starts_with("openid-credential-offer://?credential_offer=%7B"));
  CHECK(uri.find('+') == std::string::npos);
  CHECK(CredentialOffer::parse_uri(uri).value() == offer);
  CredentialOffer plain = offer;
  plain.tx_code.reset();
  plain.authorization_server = "https://as.example";
  CHECK(CredentialOffer::parse_uri(plain.to_uri()).value() == plain);
}

TEST_CASE("malformed offers are refused") {
  const auto with = [](std::string_view issuer, std::string_view ids, std::string_view grants) {
    return R"({"credential_issuer":)" + std::string(issuer) + R"(,"credential_configuration_ids":)" + std::string(ids) +
           R"(,"grants":)" + std::string(grants) + "}";
  };
  const auto grant = [](std::string_view inner) {
    return R"({"urn:ietf:params:oauth:grant-type:pre-authorized_code":)" + std::string(inner) + "}";
  };
  const std::string issuer = "\"https://issuer.example\"", ids = "[\"identity\"]",
                    good = grant(R"({"pre-authorized_code":"c"})");
  struct Row {
    const char* why;
    std::string text;
    const char* want = "oid4vci_offer_malformed";
  };
  const Row rows[] = {
      {"good", with(issuer, ids, good), "accepted"},
      {"unknown members",
       R"({"x":1,"credential_issuer":"https://issuer.example","credential_configuration_ids":["a"],"grants":)" + good +
           "}",
       "accepted"},
      {"not JSON", "offer"},
      {"an array", "[]"},
      {"duplicate member", R"({"credential_issuer":"https://a.example","credential_issuer":"https://b.example"})"},
      {"no issuer", R"({"credential_configuration_ids":["identity"],"grants":)" + good + "}"},
      {"issuer is a number", with("1", ids, good)},
      {"http issuer", with("\"http://issuer.example\"", ids, good)},
      {"issuer with query", with("\"https://issuer.example?x=1\"", ids, good)},
      {"issuer with fragment", with("\"https://issuer.example#x\"", ids, good)},
      {"issuer with user info", with("\"https://a@issuer.example\"", ids, good)},
      {"no ids", with(issuer, "[]", good)},
      {"ids is a string", with(issuer, "\"identity\"", good)},
      {"id is a number", with(issuer, "[1]", good)},
      {"empty id", with(issuer, "[\"\"]", good)},
      {"repeated id", with(issuer, "[\"a\",\"a\"]", good)},
      {"old member", R"({"credential_issuer":"https://issuer.example","credentials":["a"],"grants":)" + good + "}"},
      {"grants is an array", with(issuer, ids, "[]")},
      {"no grants", R"({"credential_issuer":"https://issuer.example","credential_configuration_ids":["a"]})",
       "oauth_unsupported_grant_type"},
      {"another grant", with(issuer, ids, R"({"authorization_code":{}})"), "oauth_unsupported_grant_type"},
      {"grant is a string", with(issuer, ids, grant("\"c\""))},
      {"no code", with(issuer, ids, grant("{}"))},
      {"empty code", with(issuer, ids, grant(R"({"pre-authorized_code":""})"))},
      {"code is a number", with(issuer, ids, grant(R"({"pre-authorized_code":1})"))},
      {"code too long", with(issuer, ids, grant(R"({"pre-authorized_code":")" + std::string(513, 'a') + "\"}"))},
      {"tx_code is true", with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":true})"))},
      {"tx_code is null", with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":null})"))},
      {"unknown input mode",
       with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":{"input_mode":"voice"}})"))},
      {"length 0", with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":{"length":0}})"))},
      {"length -1", with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":{"length":-1}})"))},
      {"length 65", with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":{"length":65}})"))},
      {"length is a string", with(issuer, ids, grant(R"({"pre-authorized_code":"c","tx_code":{"length":"6"}})"))},
      {"description too long",
       with(issuer, ids,
            grant(R"({"pre-authorized_code":"c","tx_code":{"description":")" + std::string(1201, 'a') + "\"}}"))},
      {"too large", with(issuer, ids, good) + std::string(9000, ' ')},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(CredentialOffer::parse_json(row.text)) == row.want);
  }
}

TEST_CASE("links that are no offers by value are refused") {
  const std::string good = example().to_uri();
  for (const std::string& uri :
       {std::string(), std::string("openid-credential-offer://"), std::string("openid-credential-offer://?"),
        std::string("openid-credential-offer://?credential_offer="),
        std::string("https://wallet.example/?credential_offer=%7B%7D"),
        std::string("openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffer"),
        good + "&credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffer", good + "&credential_offer=%7B%7D",
        good + "%", good + "#x", std::string("OPENID-CREDENTIAL-OFFER") + good.substr(23)}) {
    INFO(uri);
    CHECK(code_of(CredentialOffer::parse_uri(uri)) == "oid4vci_offer_malformed");
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK(!CredentialOffer::parse_uri(good.substr(0, size)).has_value());
}
