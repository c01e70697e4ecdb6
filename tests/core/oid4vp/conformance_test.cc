#include <doctest/doctest.h>

#include "tests/core/oid4vp/world.h"

// The modules of the OpenID Foundation's conformance suite for wallets of OpenID4VP 1.0, each played by a verifier that
// does what the module does: docs/conformance/modules.md. A test is named after its module.
using namespace mibun;
using namespace mibun::oid4vp;

namespace {

using Change = std::function<void(json::Object& payload)>;

// A verifier that may sign anything, and a wallet that holds one card.
struct Suite {
  explicit Suite(json::Object query = shop_query()) : transaction(world, std::move(query)) { cards.add(world); }

  // The request object with its payload changed before it is signed.
  std::string request_object(const Change& change) const {
    json::Object payload = must(must(jose::Jws::parse(transaction.request(world))).unverified_payload());
    change(payload);
    return must(jose::sign_jws({{"typ", "oauth-authz-req+jwt"}, {"x5c", jose::x5c_member(world.shop.chain)}}, payload,
                               world.shop.key));
  }

  // What the wallet does when it is started with `link` and served `text`.
  Result<Step> show(const std::string& link, const std::string& text) {
    flow.emplace(cards, world.trust(), world.rng);
    const auto fetch = flow->advance(Started{link}, kTestNow);
    if (!fetch) return std::unexpected(fetch.error());
    method = std::get<SendRequest>(*fetch).request.method;
    return flow->advance(Received{http(200, std::string(kRequestObjectMediaType), text)}, kTestNow);
  }
  std::string link() const { return link_of(world.client_id, RequestUriMethod::get); }
  static std::string link_of(std::string client_id, RequestUriMethod how) {
    return RequestLink{std::move(client_id), "https://gateway.example/oid4vp/request/abc", how}.to_string();
  }

  // The wallet's refusal of a request changed like that: the suite wants an error shown and nothing sent.
  ErrorCode refusal(const Change& change) {
    const ErrorCode code = code_of(show(link(), request_object(change)));
    CHECK(cards.signers_asked == 0);
    CHECK(code_of(flow->advance(Agreed{"ja"}, kTestNow)) == ErrorCode::invalid_argument);
    return code;
  }

  // The person agrees; what the gateway makes of the answer.
  VerifiedResponse agreed() {
    const Step step = must(flow->advance(Agreed{"ja"}, kTestNow));
    return std::get<VerifiedResponse>(
        must(receive_response(std::get<SendRequest>(step).request.body, transaction.expected(world),
                              {.issuers = world.issuers, .iaca = world.iacas, .check_status = all_valid}, kTestNow)));
  }

  World world;
  TestCards cards;
  Transaction transaction;
  std::optional<PresentationFlow> flow;
  std::string method;
};

json::Object& metadata(json::Object& payload) {
  return payload["client_metadata"].as_object();
}

// The real card and one that nobody holds, both in sets.
json::Object two_cards(bool second_required) {
  json::Object query = shop_query();
  query["credentials"].as_array().push_back(object_of(
      R"({"id":"other","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
          "claims":[{"path":["given_name"],"values":["nobody"]}]})"));
  query["credential_sets"] =
      must(json::parse(second_required ? R"([{"options":[["identity"]]},{"options":[["other"]]}])"
                                       : R"([{"options":[["identity"]]},{"options":[["other"]],"required":false}])"));
  return query;
}

}  // namespace

TEST_CASE("oid4vp-1final-wallet-negative-test-invalid-client-id-prefix: the link is refused, nothing is fetched") {
  Suite suite;
  CHECK(code_of(suite.show(Suite::link_of("invalid_scheme:gateway.example", RequestUriMethod::get), "")) ==
        ErrorCode::oid4vp_client_id_prefix_not_supported);
  CHECK(suite.method.empty());
}

TEST_CASE("oid4vp-1final-wallet-negative-test-invalid-request-object-signature: refused") {
  Suite suite;
  std::string text = suite.request_object([](json::Object&) {});
  char& c = text[text.size() - 40];
  c = c == 'A' ? 'B' : 'A';
  CHECK(code_of(suite.show(suite.link(), text)) == ErrorCode::jws_signature_invalid);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-mismatched-client-id: refused") {
  Suite suite;
  CHECK(suite.refusal([](json::Object& p) {
    p["client_id"] = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
  }) == ErrorCode::oid4vp_client_id_mismatch);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-missing-nonce: refused") {
  Suite suite;
  CHECK(suite.refusal([](json::Object& p) { p.erase("nonce"); }) == ErrorCode::oid4vp_invalid_request);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-redirect-uri-with-direct-post: refused") {
  Suite suite;
  CHECK(suite.refusal([](json::Object& p) { p["redirect_uri"] = p["response_uri"]; }) ==
        ErrorCode::oid4vp_invalid_request);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-response-uri-not-client-id: refused") {
  Suite suite;
  CHECK(suite.refusal([](json::Object& p) { p["response_uri"] = "https://elsewhere.example/response"; }) ==
        ErrorCode::oid4vp_response_uri_not_owned);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-unknown-transaction-data-type: refused") {
  Suite suite;
  // {"type":"urn:unknown","credential_ids":["identity"]}
  constexpr std::string_view kUnknown = "eyJ0eXBlIjoidXJuOnVua25vd24iLCJjcmVkZW50aWFsX2lkcyI6WyJpZGVudGl0eSJdfQ";
  CHECK(suite.refusal([&](json::Object& p) { p["transaction_data"] = json::Array{json::Value(kUnknown)}; }) ==
        ErrorCode::oid4vp_transaction_data_not_supported);
}

TEST_CASE("oid4vp-1final-wallet-negative-test-required-non-matching-credential: access_denied, and no part of it") {
  Suite suite(two_cards(true));
  const Step step = must(suite.show(suite.link(), suite.request_object([](json::Object&) {})));
  CHECK(std::get<AskHolder>(step).cards.empty());
  CHECK(code_of(suite.flow->advance(Agreed{"ja"}, kTestNow)) == ErrorCode::oid4vp_nothing_to_present);
  const Step refused = must(suite.flow->advance(Refused{}, kTestNow));
  const auto received = must(receive_response(
      std::get<SendRequest>(refused).request.body, suite.transaction.expected(suite.world),
      {.issuers = suite.world.issuers, .iaca = suite.world.iacas, .check_status = all_valid}, kTestNow));
  CHECK(std::get<RefusedResponse>(received).error == "access_denied");
  CHECK(suite.cards.signers_asked == 0);
}

TEST_CASE("oid4vp-1final-wallet-optional-credential-set: the required card alone is shown") {
  Suite suite(two_cards(false));
  const Step step = must(suite.show(suite.link(), suite.request_object([](json::Object&) {})));
  REQUIRE(std::get<AskHolder>(step).cards.size() == 1);
  const VerifiedResponse response = suite.agreed();
  CHECK(response.credentials.size() == 1);
  CHECK(response.credentials.contains("identity"));
}

TEST_CASE("oid4vp-1final-wallet-happy-flow: without state") {
  Suite suite;
  const Step step = must(suite.show(suite.link(), suite.request_object([](json::Object& p) { p.erase("state"); })));
  CHECK(std::get<AskHolder>(step).cards.size() == 1);
  const Step sent = must(suite.flow->advance(Agreed{"ja"}, kTestNow));
  CHECK(std::get<SendRequest>(sent).request.body.starts_with("response="));
}

TEST_CASE("oid4vp-1final-wallet-alternate-happy-flow: what is unusual and allowed does not disturb") {
  Suite suite;
  const Step step = must(suite.show(suite.link() + "&something=else", suite.request_object([](json::Object& p) {
    p["iss"] = "https://not-the-client.example";
    p["something"] = "else";
    metadata(p)["jwks"].as_object()["keys"].as_array()[0].as_object().erase("use");
  })));
  CHECK(std::get<AskHolder>(step).cards.size() == 1);
  CHECK(suite.agreed().credentials.contains("identity"));
  const auto done = std::get<Finished>(must(suite.flow->advance(
      Received{http(200, "application/json", R"({"redirect_uri":"https://shop.example/done","something":"else"})")},
      kTestNow)));
  CHECK(done.outcome == Outcome::shared);
  CHECK(done.redirect_uri == "https://shop.example/done");
}

TEST_CASE("oid4vp-1final-wallet-ignores-unusable-encryption-key: the answer goes to the usable one") {
  Suite suite;
  const Step step = must(suite.show(suite.link(), suite.request_object([](json::Object& p) {
    json::Array& keys = metadata(p)["jwks"].as_object()["keys"].as_array();
    json::Array three;
    three.push_back(object_of(R"({"kty":"AKP","kid":"pq","use":"enc","alg":"ML-KEM-9999","pub":"AAAA"})"));
    three.push_back(object_of(R"({"kty":"MADE-UP","kid":"made-up","use":"enc","alg":"ECDH-ES"})"));
    three.push_back(json::Value(keys[0]));
    keys = std::move(three);
  })));
  CHECK(std::get<AskHolder>(step).cards.size() == 1);
  CHECK(suite.agreed().credentials.contains("identity"));
}

TEST_CASE("oid4vp-1final-wallet-fewer-claims-than-available: only what was asked for is shown") {
  json::Object query = shop_query();
  query["credentials"].as_array()[0].as_object()["claims"] = must(json::parse(R"([{"path":["given_name"]}])"));
  Suite suite(query);
  must(suite.show(suite.link(), suite.request_object([](json::Object&) {})));
  const VerifiedResponse response = suite.agreed();
  CHECK(json::serialize(response.credentials.at("identity")[0].claims) == R"({"given_name":"花子"})");
  CHECK(response.excess.empty());
}

TEST_CASE("oid4vp-1final-wallet-no-claims-in-dcql-query: the card is shown with nothing disclosed") {
  json::Object query = shop_query();
  query["credentials"].as_array()[0].as_object().erase("claims");
  Suite suite(query);
  must(suite.show(suite.link(), suite.request_object([](json::Object&) {})));
  const VerifiedResponse response = suite.agreed();
  REQUIRE(response.credentials.at("identity").size() == 1);
  CHECK(response.credentials.at("identity")[0].claims.empty());
}

TEST_CASE("oid4vp-1final-wallet-request-uri-method-post: the request is fetched with POST and a nonce") {
  Suite suite;
  suite.flow.emplace(suite.cards, suite.world.trust(), suite.world.rng);
  const Step fetch =
      must(suite.flow->advance(Started{Suite::link_of(suite.world.client_id, RequestUriMethod::post)}, kTestNow));
  const HttpRequest request = std::get<SendRequest>(fetch).request;
  CHECK(request.method == "POST");
  const auto fields = must(form::Fields::parse(request.body));
  suite.transaction.parameters.wallet_nonce = std::string(must(fields.get("wallet_nonce")));
  const Step step = must(suite.flow->advance(
      Received{http(200, std::string(kRequestObjectMediaType), suite.transaction.request(suite.world))}, kTestNow));
  CHECK(std::get<AskHolder>(step).cards.size() == 1);
}
