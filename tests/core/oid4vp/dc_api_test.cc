#include "core/oid4vp/dc_api.h"

#include <doctest/doctest.h>

#include "core/jose/jws.h"
#include "core/jose/jws_json.h"
#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

constexpr std::string_view kPage = "https://shop.example";

struct Exchange {
  explicit Exchange(json::Object query = shop_query()) : transaction(world, std::move(query)), request(build()) {
    cards.add(world);
    cards.add_mdoc(world);
  }

  DcApiParameters parameters() const {
    return {.origin = std::string(kPage),
            .nonce = transaction.parameters.nonce,
            .issued_at = kTestNow,
            .expires_at = kTestNow + seconds(600),
            .dcql_query = transaction.parameters.dcql_query,
            .encryption_key = jose::Jwk(transaction.key.public_key()),
            .encryption_kid = transaction.parameters.encryption_kid};
  }
  Result<DcApiRequest> build(const DcApiParameters& changed) const {
    return build_dc_api_request(changed, world.verified(world.registration()), world.shop_signer());
  }
  DcApiRequest build() const { return must(build(parameters())); }
  std::string text() const { return std::string(request.signed_data.at("request").as_string()); }
  // The signed request with its parts changed before signing.
  std::string changed(const std::function<void(json::Object&, json::Object&)>& change) const {
    json::Object header{{"typ", "oauth-authz-req+jwt"}, {"x5c", jose::x5c_member(world.shop.chain)}};
    json::Object payload = must(must(jose::Jws::parse(text())).unverified_payload());
    change(header, payload);
    return must(jose::sign_jws(header, payload, world.shop.key));
  }
  Result<VerifiedRequest> verify(const std::string& jws, std::string_view origin = kPage) const {
    return VerifiedRequest::verify_dc_api(
        {std::string(kDcApiSigned), json::Object{{"request", jws}}, std::string(origin)}, world.trust(), kTestNow);
  }
  ExpectedResponse expected() const {
    ExpectedResponse expected = transaction.expected(world);
    expected.client_id = audience_of_origin(kPage);
    expected.response_uri.clear();
    expected.mode = ResponseMode::dc_api_jwt;
    return expected;
  }
  PresentationFlow flow() const { return {cards, world.trust(), world.rng}; }
  StartedByBrowser started() const { return {std::string(kDcApiSigned), request.signed_data, std::string(kPage)}; }

  mutable World world;
  Transaction transaction;
  DcApiRequest request;
  TestCards cards;
};

}  // namespace

TEST_CASE("one request for each protocol, as appendix A has them") {
  const Exchange exchange;
  const json::Object& plain = exchange.request.unsigned_data;
  for (const char* absent : {"client_id", "response_uri", "redirect_uri", "state", "expected_origins", "aud"}) {
    INFO(absent);
    CHECK(!plain.contains(absent));
  }
  CHECK(plain.at("response_mode") == "dc_api.jwt");
  const jose::Jws jws = must(jose::Jws::parse(exchange.text()));
  const json::Object payload = must(jws.unverified_payload());
  CHECK(payload.at("expected_origins") == json::Array{"https://shop.example"});
  CHECK(payload.at("nonce") == plain.at("nonce"));
  CHECK(payload.at("dcql_query") == plain.at("dcql_query"));
  CHECK(!payload.contains("response_uri"));
  const auto several = must(jose::JwsJson::parse(exchange.request.multisigned_data.at("request").as_object()));
  REQUIRE(several.signatures().size() == 1);
  const json::Object common = must(several.signatures()[0].jws.unverified_payload());
  const json::Object own = several.signatures()[0].jws.unverified_header();
  for (const char* of_one : {"client_id", "verifier_info"}) {
    CHECK(!common.contains(of_one));
    CHECK(own.at(of_one) == payload.at(of_one));
  }
  CHECK(VerifiedRequest::verify_dc_api(
            {std::string(kDcApiMultisigned), exchange.request.multisigned_data, std::string(kPage)},
            exchange.world.trust(), kTestNow)
            .has_value());
  const json::Array list = exchange.request.to_json();
  REQUIRE(list.size() == 3);
  CHECK(list[0].at("protocol") == json::Value(kDcApiSigned));
  const VerifiedRequest request = must(exchange.verify(exchange.text()));
  CHECK(request.client_id() == exchange.world.client_id);
  CHECK(request.audience() == "origin:https://shop.example");
  CHECK(request.response_uri().empty());
}

TEST_CASE("a request that no wallet would take is not made") {
  const Exchange exchange;
  struct Row {
    std::string_view why;
    std::function<void(DcApiParameters&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"origin with a path", [](auto& p) { p.origin += "/"; }, ErrorCode::oid4vp_invalid_request},
      {"origin on http", [](auto& p) { p.origin = "http://shop.example"; }, ErrorCode::url_not_https},
      {"short nonce", [](auto& p) { p.nonce = "123"; }, ErrorCode::oid4vp_invalid_request},
      {"no kid", [](auto& p) { p.encryption_kid.clear(); }, ErrorCode::oid4vp_invalid_request},
      {"over before it began", [](auto& p) { p.expires_at = p.issued_at; }, ErrorCode::oid4vp_invalid_request},
      {"more than was registered",
       [](auto& p) {
         p.dcql_query["credentials"].as_array()[0].as_object()["claims"].as_array().push_back(
             json::Object{{"path", json::Array{"document_number"}}});
       },
       ErrorCode::oid4vp_claim_not_registered},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    DcApiParameters parameters = exchange.parameters();
    row.change(parameters);
    CHECK(code_of(exchange.build(parameters)) == row.want);
  }
}

TEST_CASE("who asks for more than was registered is named to whoever wants to know") {
  const Exchange exchange;
  const auto ask = [&](const std::function<void(json::Object&, json::Object&)>& change, std::optional<Asker>& asker) {
    const json::Object data{{"request", exchange.changed(change)}};
    return code_of(VerifiedRequest::verify_dc_api({std::string(kDcApiSigned), data, std::string(kPage)},
                                                  exchange.world.trust(), kTestNow, &asker));
  };
  std::optional<Asker> asker;
  CHECK(ask([](auto&, auto& p) { p["expected_origins"] = json::Array{}; }, asker) == ErrorCode::oid4vp_origin_mismatch);
  CHECK(!asker);
  const auto over = [](auto&, auto& p) {
    p["dcql_query"].as_object()["credentials"].as_array()[0].as_object()["claims"].as_array().push_back(
        json::Object{{"path", json::Array{"document_number"}}});
  };
  CHECK(ask(over, asker) == ErrorCode::oid4vp_claim_not_registered);
  REQUIRE(asker);
  CHECK(asker->client_id == exchange.world.client_id);
  CHECK(asker->identified == Identified::by_certificate);
  CHECK(asker->registration.organization == exchange.world.registration().organization);
  REQUIRE(asker->certificate);
  CHECK(std::ranges::equal(asker->certificate->der(), exchange.world.shop.chain.at(0)));
}

TEST_CASE("a browser's request is refused with its reason") {
  const Exchange exchange;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&, json::Object&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const auto origin = ErrorCode::oid4vp_origin_mismatch;
  const Row rows[] = {
      {"no expected_origins", [](auto&, auto& p) { p.erase("expected_origins"); }, bad},
      {"expected_origins text", [](auto&, auto& p) { p["expected_origins"] = "https://shop.example"; }, bad},
      {"expected_origins of numbers", [](auto&, auto& p) { p["expected_origins"] = json::Array{1}; }, bad},
      {"expected_origins empty", [](auto&, auto& p) { p["expected_origins"] = json::Array{}; }, origin},
      {"another origin", [](auto&, auto& p) { p["expected_origins"] = json::Array{"https://evil.example"}; }, origin},
      {"a slash more", [](auto&, auto& p) { p["expected_origins"] = json::Array{"https://shop.example/"}; }, origin},
      {"direct_post.jwt", [](auto&, auto& p) { p["response_mode"] = "direct_post.jwt"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"dc_api in the clear", [](auto&, auto& p) { p["response_mode"] = "dc_api"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"response_uri", [](auto&, auto& p) { p["response_uri"] = "https://gateway.example/r"; }, bad},
      {"redirect_uri", [](auto&, auto& p) { p["redirect_uri"] = "https://gateway.example/r"; }, bad},
      {"no client_id", [](auto&, auto& p) { p.erase("client_id"); }, bad},
      {"another client's id", [](auto&, auto& p) { p["client_id"] = "x509_hash:other"; },
       ErrorCode::oid4vp_client_id_mismatch},
      {"client_id by origin", [](auto&, auto& p) { p["client_id"] = "origin:https://shop.example"; },
       ErrorCode::oid4vp_client_id_prefix_not_supported},
      {"aud", [](auto&, auto& p) { p["aud"] = "https://wallet.example"; }, ErrorCode::jwt_audience_mismatch},
      {"no exp", [](auto&, auto& p) { p.erase("exp"); }, ErrorCode::jwt_claim_missing},
      {"expired", [](auto&, auto& p) { p["exp"] = kTestNow.unix_seconds() - 61; }, ErrorCode::oid4vp_request_expired},
      {"no nonce", [](auto&, auto& p) { p.erase("nonce"); }, bad},
      {"no registration", [](auto&, auto& p) { p.erase("verifier_info"); }, ErrorCode::oid4vp_registration_invalid},
      {"transaction_data", [](auto&, auto& p) { p["transaction_data"] = json::Array{"e30"}; },
       ErrorCode::oid4vp_transaction_data_not_supported},
      {"typ", [](auto& h, auto&) { h["typ"] = "JWT"; }, ErrorCode::jws_typ_mismatch},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(exchange.verify(exchange.changed(row.change))) == row.want);
  }
  CHECK(code_of(exchange.verify(exchange.text(), "https://evil.example")) == origin);
  CHECK(code_of(exchange.verify(exchange.text(), "")) == origin);
  // A request by link is none for a browser, and the other way round.
  CHECK(code_of(exchange.verify(exchange.transaction.request(exchange.world))) == bad);
  CHECK(code_of(VerifiedRequest::verify(exchange.text(), {exchange.world.client_id, {}, exchange.world.trust()},
                                        kTestNow)) == ErrorCode::oid4vp_response_mode_not_supported);
}

TEST_CASE("the wallet answers a browser with what only the gateway can read, made for the page's origin") {
  const Exchange exchange;
  PresentationFlow flow = exchange.flow();
  const AskHolder ask = std::get<AskHolder>(must(flow.advance(exchange.started(), kTestNow)));
  CHECK(ask.origin == "https://shop.example");
  CHECK(ask.organization.en == "Sample Shop");
  CHECK(!ask.pairing);
  CHECK(exchange.cards.signers_asked == 0);
  const auto answer = std::get<AnswerBrowser>(must(flow.advance(Agreed{"ja"}, kTestNow)));
  CHECK(answer.protocol == "openid4vp-v1-signed");
  CHECK(answer.data.size() == 1);
  const auto received = must(receive_dc_api_response(
      answer.data, exchange.expected(),
      {.issuers = exchange.world.issuers, .iaca = exchange.world.iacas, .check_status = all_valid}, kTestNow));
  CHECK(std::get<VerifiedResponse>(received).credentials.at("identity").size() == 1);
  CHECK(code_of(flow.advance(Agreed{"ja"}, kTestNow)) == ErrorCode::invalid_argument);  // one answer

  ExpectedResponse elsewhere = exchange.expected();
  elsewhere.client_id = audience_of_origin("https://evil.example");
  CHECK(code_of(receive_dc_api_response(
            answer.data, elsewhere,
            {.issuers = exchange.world.issuers, .iaca = exchange.world.iacas, .check_status = all_valid}, kTestNow)) ==
        ErrorCode::sd_jwt_key_binding_audience_mismatch);
}

TEST_CASE("an mdoc for a page: the device signs for the origin, and no other page can use it") {
  const Exchange exchange(mdl_query());
  PresentationFlow flow = exchange.flow();
  const auto ask = std::get<AskHolder>(must(flow.advance(exchange.started(), kTestNow)));
  REQUIRE(ask.cards.size() == 1);
  CHECK(ask.cards[0].format == dcql::kMdocFormat);
  const auto answer = std::get<AnswerBrowser>(must(flow.advance(Agreed{"ja"}, kTestNow)));
  const ResponsePolicy policy{
      .issuers = exchange.world.issuers, .iaca = exchange.world.iacas, .check_status = all_valid};
  CHECK(receive_dc_api_response(answer.data, exchange.expected(), policy, kTestNow).has_value());
  ExpectedResponse elsewhere = exchange.expected();
  elsewhere.client_id = audience_of_origin("https://evil.example");
  CHECK(code_of(receive_dc_api_response(answer.data, elsewhere, policy, kTestNow)) ==
        ErrorCode::mdoc_device_signature_invalid);
  ExpectedResponse posted = exchange.transaction.expected(exchange.world);
  posted.mode = ResponseMode::dc_api_jwt;
  CHECK(code_of(receive_dc_api_response(answer.data, posted, policy, kTestNow)) ==
        ErrorCode::mdoc_device_signature_invalid);
}

TEST_CASE(
    "refusing tells the browser and sends nothing; what is asked without a signature needs a registration of the "
    "page") {
  const Exchange exchange;
  PresentationFlow refusing = exchange.flow();
  must(refusing.advance(exchange.started(), kTestNow));
  CHECK(std::get<Finished>(must(refusing.advance(Refused{}, kTestNow))).outcome == Outcome::refused);
  CHECK(exchange.cards.signers_asked == 0);

  PresentationFlow plain = exchange.flow();
  CHECK(code_of(plain.advance(
            StartedByBrowser{std::string(kDcApiUnsigned), exchange.request.unsigned_data, std::string(kPage)},
            kTestNow)) == ErrorCode::oid4vp_registration_invalid);
  PresentationFlow empty = exchange.flow();
  CHECK(code_of(empty.advance(StartedByBrowser{std::string(kDcApiSigned), {}, std::string(kPage)}, kTestNow)) ==
        ErrorCode::oid4vp_invalid_request);
  PresentationFlow other_page = exchange.flow();
  StartedByBrowser replayed = exchange.started();
  replayed.origin = "https://evil.example";
  CHECK(code_of(other_page.advance(replayed, kTestNow)) == ErrorCode::oid4vp_origin_mismatch);
}

TEST_CASE("what is no encrypted answer is refused before anything is opened") {
  const Exchange exchange;
  const auto receive = [&](const json::Object& data) {
    return code_of(receive_dc_api_response(
        data, exchange.expected(),
        {.issuers = exchange.world.issuers, .iaca = exchange.world.iacas, .check_status = all_valid}, kTestNow));
  };
  CHECK(receive({}) == ErrorCode::oid4vp_response_malformed);
  CHECK(receive({{"response", nullptr}}) == ErrorCode::oid4vp_response_malformed);
  CHECK(receive({{"response", "x"}}) == ErrorCode::jwe_malformed);
  CHECK(receive({{"response", "x"}, {"vp_token", json::Object()}}) == ErrorCode::oid4vp_response_not_encrypted);
  CHECK(receive({{"response", std::string(kResponseBytesMax + 1, 'a')}}) == ErrorCode::oid4vp_response_malformed);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-wrong-expected-origins: refused, and nothing is sent") {
  const Exchange exchange;
  const std::string text =
      exchange.changed([](auto&, auto& p) { p["expected_origins"] = json::Array{"https://wrong.example"}; });
  PresentationFlow flow = exchange.flow();
  StartedByBrowser started = exchange.started();
  started.data["request"] = text;
  CHECK(code_of(flow.advance(started, kTestNow)) == ErrorCode::oid4vp_origin_mismatch);
  CHECK(exchange.cards.signers_asked == 0);
  CHECK(code_of(flow.advance(Agreed{"ja"}, kTestNow)) == ErrorCode::invalid_argument);
}
