#include "core/oid4vci/offer.h"

#include "core/oid4vci/wallet_flow.h"
#include "tests/core/oid4vci/support.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

CredentialOffer example() {
  return {.credential_issuer = "https://issuer.example",
          .configuration_ids = {"identity"},
          .pre_authorized = PreAuthorizedGrant{.code = "code+with/odd=characters&more",
                                               .tx_code = TxCode{.input_mode = TxCode::InputMode::numeric,
                                                                 .length = 6,
                                                                 .description = "郵便で届いた 番号 + \"引用\""}},
          .by_code = CodeGrant{.issuer_state = "state & more"}};
}

}  // namespace

TEST_CASE("the specification's offers with a pre-authorized code are read") {
  const auto simple =
      CredentialOffer::parse_json(read_vector("openid4vci-1.0/credential_offer_pre-authz_code.json")).value();
  CHECK(simple.credential_issuer == "https://credential-issuer.example.com");
  CHECK(simple.configuration_ids == std::vector<std::string>{"UniversityDegreeCredential"});
  CHECK(simple.pre_authorized->code == "adhjhdjajkdkhjhdj");
  CHECK(!simple.by_code.has_value());
  REQUIRE(simple.pre_authorized->tx_code.has_value());
  CHECK(simple.pre_authorized->tx_code->description->starts_with("Please provide"));

  const auto two =
      CredentialOffer::parse_json(read_vector("openid4vci-1.0/credential_offer_multiple_credentials.json")).value();
  CHECK(two.configuration_ids.size() == 2);
  CHECK(two.pre_authorized->tx_code->length == 4);
  CHECK(two.pre_authorized->tx_code->input_mode == TxCode::InputMode::numeric);

  // tx_code present means required, even when it is empty.
  CHECK(CredentialOffer::parse_json(read_vector("openid4vci-1.0/credential_offer_by_reference.json"))
            .value()
            .pre_authorized->tx_code.has_value());
}

TEST_CASE("the specification's offer for the authorization code carries its issuer_state") {
  const std::string message = read_vector("openid4vci-1.0/credential_offer_authz_code.txt");
  const auto offer = CredentialOffer::parse_json(message.substr(message.find('{'))).value();
  CHECK(!offer.pre_authorized.has_value());
  CHECK(offer.by_code->issuer_state.value().size() > 20);
  const IssuanceStart start = IssuanceStart::from(offer);
  CHECK(std::get<CodeGrant>(start.grant).issuer_state == offer.by_code->issuer_state);
}

TEST_CASE("an offer begins by its own code, else by signing in, and without grants as the metadata say") {
  CredentialOffer offer = example();
  offer.pre_authorized->authorization_server = "https://a.example";
  offer.by_code->authorization_server = "https://b.example";
  CHECK(std::holds_alternative<PreAuthorizedGrant>(IssuanceStart::from(offer).grant));
  CHECK(IssuanceStart::from(offer).authorization_server == "https://a.example");
  offer.pre_authorized.reset();
  CHECK(std::holds_alternative<CodeGrant>(IssuanceStart::from(offer).grant));
  CHECK(IssuanceStart::from(offer).authorization_server == "https://b.example");
  offer.by_code.reset();
  CHECK(std::holds_alternative<GrantOfMetadata>(IssuanceStart::from(offer).grant));
  CHECK(!offer.to_json().contains("grants"));
  CHECK(parse_offer_link(offer.to_uri()).value() == OfferLink(offer));
}

TEST_CASE("an offer survives its link") {
  const CredentialOffer offer = example();
  const std::string uri = offer.to_uri();
  CHECK(uri.starts_with("openid-credential-offer://?credential_offer=%7B"));
  CHECK(uri.find('+') == std::string::npos);
  CHECK(parse_offer_link(uri).value() == OfferLink(offer));
  CredentialOffer plain = offer;
  plain.pre_authorized->tx_code.reset();
  plain.pre_authorized->authorization_server = plain.by_code->authorization_server = "https://as.example";
  CHECK(parse_offer_link(plain.to_uri()).value() == OfferLink(plain));
}

TEST_CASE("a link by reference names an https address and survives") {
  const std::string uri =
      "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffer%3Fa%3D1";
  const OfferLink link = parse_offer_link(uri).value();
  const auto& reference = std::get<OfferReference>(link);
  CHECK(reference.url() == "https://issuer.example/offer?a=1");
  CHECK(reference.origin() == "https://issuer.example");
  CHECK(reference.to_uri() == uri);
  const HttpRequest request = reference.request();
  CHECK(request.method == "GET");
  CHECK(request.url == reference.url());
  CHECK(request.body.empty());
}

TEST_CASE("what an offer's address answers is an offer in JSON, or nothing") {
  const std::string offer = json::serialize(example().to_json());
  const auto answer = [](int status, std::string type, std::string body) {
    HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
    if (!type.empty()) response.headers.push_back({"Content-Type", std::move(type)});
    return response;
  };
  struct Row {
    const char* why;
    HttpResponse response;
    const char* want;
  };
  const Row rows[] = {
      {"good", answer(200, "application/json", offer), "accepted"},
      {"with a charset", answer(200, "application/json; charset=utf-8", offer), "accepted"},
      {"as text", answer(200, "text/plain", offer), "oid4vci_response_malformed"},
      {"as a JWT", answer(200, "application/jwt", offer), "oid4vci_response_malformed"},
      {"of no type", answer(200, "", offer), "oid4vci_response_malformed"},
      {"redirected", answer(302, "application/json", offer), "http_redirect_refused"},
      {"permanently redirected", answer(308, "application/json", offer), "http_redirect_refused"},
      {"not there", answer(404, "application/json", offer), "http_status_unexpected"},
      {"created", answer(201, "application/json", offer), "http_status_unexpected"},
      {"no offer", answer(200, "application/json", "{}"), "oid4vci_offer_malformed"},
      {"another reference", answer(200, "application/json", R"({"credential_offer_uri":"https://b.example"})"),
       "oid4vci_offer_malformed"},
      {"signed", answer(200, "application/json", "\"e30.e30.c2ln\""), "oid4vci_offer_malformed"},
      {"too large", answer(200, "application/json", offer + std::string(9000, ' ')), "oid4vci_offer_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(CredentialOffer::read_response(row.response)) == row.want);
  }
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
       "accepted"},
      {"empty grants", with(issuer, ids, "{}"), "accepted"},
      {"the authorization code", with(issuer, ids, R"({"authorization_code":{}})"), "accepted"},
      {"another grant", with(issuer, ids, R"({"urn:example:other":{}})"), "oauth_unsupported_grant_type"},
      {"grants is null", with(issuer, ids, "null")},
      {"the authorization code is true", with(issuer, ids, R"({"authorization_code":true})")},
      {"issuer_state is a number", with(issuer, ids, R"({"authorization_code":{"issuer_state":1}})")},
      {"issuer_state is empty", with(issuer, ids, R"({"authorization_code":{"issuer_state":""}})")},
      {"issuer_state too long",
       with(issuer, ids, R"({"authorization_code":{"issuer_state":")" + std::string(1025, 'a') + "\"}}")},
      {"server is a number", with(issuer, ids, R"({"authorization_code":{"authorization_server":1}})")},
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

TEST_CASE("links that are no offers are refused") {
  const std::string good = example().to_uri();
  for (const std::string& uri :
       {std::string(), std::string("openid-credential-offer://"), std::string("openid-credential-offer://?"),
        std::string("openid-credential-offer://?credential_offer="),
        std::string("https://wallet.example/?credential_offer=%7B%7D"),
        std::string("openid-credential-offer://?credential_offer_uri="),
        std::string("openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fissuer.example%2Foffer"),
        std::string("openid-credential-offer://?credential_offer_uri=%2Foffer"),
        std::string("openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa%40issuer.example%2Foffer"),
        std::string("openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2F&") +
            "credential_offer_uri=https%3A%2F%2Fissuer.example%2F",
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2F" + std::string(2048, 'a'),
        good + "&credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffer", good + "&credential_offer=%7B%7D",
        good + "%", good + "#x", std::string("OPENID-CREDENTIAL-OFFER") + good.substr(23)}) {
    INFO(uri);
    CHECK(code_of(parse_offer_link(uri)) == "oid4vci_offer_malformed");
  }
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(!parse_offer_link(good.substr(0, size)).has_value());
}
