#include <doctest/doctest.h>

#include "core/oid4vp/dc_api.h"
#include "tests/core/oid4vp/simulation.h"

// Answers that nobody encrypts: direct_post, fragment and dc_api, where a profile allows them.
using namespace mibun;
using namespace mibun::oid4vp;

namespace {

constexpr std::string_view kPage = "https://shop.example/return";

json::Object both_formats() {
  json::Object query = shop_query();
  query["credentials"].as_array().push_back(mdl_query().at("credentials").as_array()[0]);
  return query;
}

struct Plain : Simulation {
  explicit Plain(ResponseMode answer_mode) : Simulation(RequestUriMethod::get, both_formats()), mode(answer_mode) {
    cards.add(world);
    cards.add_mdoc(world);
    transaction.registration.origins = {"https://shop.example"};
  }
  std::string request_object() const {
    json::Object payload = must(must(jose::Jws::parse(transaction.request(world))).unverified_payload());
    payload["response_mode"] = to_string(mode);
    if (mode == ResponseMode::fragment) {
      payload.erase("response_uri");
      payload["redirect_uri"] = kPage;
    }
    return must(jose::sign_jws({{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(world.shop.chain)}}, payload,
                               world.shop.key));
  }
  Result<Step> start(const RequestProfile& profile) {
    flow.emplace(cards, world.trust(profile), world.rng);
    link.request = request_object();
    return flow->advance(Started{link.to_string()}, kTestNow);
  }
  ExpectedResponse expected() const {
    ExpectedResponse expected = transaction.expected(world);
    expected.mode = mode;
    if (mode == ResponseMode::fragment) expected.response_uri = kPage;
    return expected;
  }
  Result<ReceivedResponse> receive(std::string_view form) const { return receive(form, expected()); }
  Result<ReceivedResponse> receive(std::string_view form, const ExpectedResponse& wanted) const {
    return receive_response(form, wanted, {.issuers = world.issuers, .iaca = world.iacas, .check_status = all_valid},
                            kTestNow);
  }

  ResponseMode mode;
  std::optional<PresentationFlow> flow;
};

std::string form_with(std::string_view form, std::string_view name, std::optional<std::string> value) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& [key, text] : must(form::Fields::parse(form)).all()) {
    if (key != name) fields.emplace_back(key, text);
  }
  if (value) fields.emplace_back(name, *value);
  return form::encode(fields);
}

}  // namespace

TEST_CASE("direct_post: both formats in the clear, bound to this request like an encrypted answer") {
  Plain plain(ResponseMode::direct_post);
  const auto ask = std::get<AskHolder>(must(plain.start(openid4vp_profile())));
  CHECK(ask.mode == ResponseMode::direct_post);
  REQUIRE(ask.cards.size() == 2);
  const auto sent = std::get<SendRequest>(must(plain.flow->advance(Agreed{"ja"}, kTestNow))).request;
  CHECK(sent.url == plain.transaction.parameters.response_uri);
  const auto fields = must(form::Fields::parse(sent.body));
  CHECK(fields.find("vp_token").has_value());
  CHECK(!fields.find("response").has_value());
  const auto response = std::get<VerifiedResponse>(must(plain.receive(sent.body)));
  CHECK(response.credentials.size() == 2);
  CHECK(response.mdoc_evidence.size() == 1);

  struct Row {
    std::string_view why, name;
    std::optional<std::string> value;
    ErrorCode want;
  };
  const Row rows[] = {
      {"vp_token is missing", "vp_token", {}, ErrorCode::oid4vp_response_malformed},
      {"vp_token is no JSON", "vp_token", "{", ErrorCode::oid4vp_response_malformed},
      {"vp_token is empty", "vp_token", "{}", ErrorCode::oid4vp_consent_mismatch},
      {"another request's state", "state", "x", ErrorCode::oid4vp_state_mismatch},
      {"an encrypted answer beside it", "response", "a.b.c.d.e", ErrorCode::oid4vp_response_malformed},
      {"an error beside it", "error", "access_denied", ErrorCode::oid4vp_response_malformed},
      {"the consent is missing", "consent", {}, ErrorCode::oid4vp_consent_mismatch},
      {"another consent", "consent", "{}", ErrorCode::oid4vp_consent_mismatch},
      {"proofs that are no JSON", "consent_proofs", "x", ErrorCode::oid4vp_response_malformed},
      {"no proof for the mdoc", "consent_proofs", {}, ErrorCode::oid4vp_consent_mismatch},
      {"a code that nobody asked for", "mibun_pairing_code", "123456", ErrorCode::oid4vp_response_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(plain.receive(form_with(sent.body, row.name, row.value))) == row.want);
  }
  // The transcript of an answer in the clear has no key: asked for encrypted, the same presentations are another's.
  ExpectedResponse encrypted = plain.expected();
  encrypted.mode = ResponseMode::direct_post_jwt;
  CHECK(code_of(plain.receive(sent.body, encrypted)) == ErrorCode::oid4vp_response_not_encrypted);
  ExpectedResponse elsewhere = plain.expected();
  elsewhere.response_uri += "d";
  CHECK(code_of(plain.receive(sent.body, elsewhere)) == ErrorCode::mdoc_device_signature_invalid);
  ExpectedResponse other_nonce = plain.expected();
  other_nonce.nonce = random_token(plain.world.rng);
  CHECK(!plain.receive(sent.body, other_nonce).has_value());
}

TEST_CASE("fragment: the answer stands behind the # of the page's address, and nothing is posted") {
  Plain plain(ResponseMode::fragment);
  CHECK(std::holds_alternative<AskHolder>(must(plain.start(openid4vp_profile()))));
  const auto finished = std::get<Finished>(must(plain.flow->advance(Agreed{"ja"}, kTestNow)));
  CHECK(finished.outcome == Outcome::shared);
  REQUIRE(finished.redirect_uri);
  const std::string start = std::string(kPage) + "#";
  REQUIRE(finished.redirect_uri->starts_with(start));
  CHECK(std::holds_alternative<VerifiedResponse>(must(plain.receive(finished.redirect_uri->substr(start.size())))));
  CHECK(code_of(plain.flow->advance(Agreed{"ja"}, kTestNow)) == ErrorCode::invalid_argument);

  must(plain.start(openid4vp_profile()));
  const auto refused = std::get<Finished>(must(plain.flow->advance(Refused{}, kTestNow)));
  CHECK(refused.outcome == Outcome::refused);
  REQUIRE(refused.redirect_uri);
  CHECK(std::get<RefusedResponse>(must(plain.receive(refused.redirect_uri->substr(start.size())))).error ==
        "access_denied");
}

TEST_CASE("fragment: only to an https page of the client") {
  Plain plain(ResponseMode::fragment);
  const auto with = [&](const std::function<void(json::Object&)>& change,
                        std::vector<std::string> origins = {"https://shop.example"}) {
    Registration registration = plain.world.registration();
    registration.origins = std::move(origins);
    json::Object payload = must(must(jose::Jws::parse(plain.request_object())).unverified_payload());
    payload["verifier_info"].as_array()[0].as_object()["data"] =
        must(sign_registration(registration, plain.world.registrar.key, plain.world.registrar.chain));
    change(payload);
    const std::string text =
        must(jose::sign_jws({{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(plain.world.shop.chain)}}, payload,
                            plain.world.shop.key));
    return code_of(
        VerifiedRequest::verify(text, {plain.world.client_id, {}, plain.world.trust(openid4vp_profile())}, kTestNow));
  };
  const auto elsewhere = ErrorCode::oid4vp_response_uri_not_owned;
  CHECK(with([](auto&) {}) == ErrorCode::internal_error);
  CHECK(with([](auto& p) { p.erase("response_mode"); }) == ErrorCode::internal_error);  // the default
  CHECK(with([](auto& p) { p["redirect_uri"] = "https://gateway.example/x"; }) == ErrorCode::internal_error);
  CHECK(with([](auto& p) { p["redirect_uri"] = "https://evil.example/x"; }) == elsewhere);
  CHECK(with([](auto& p) { p["redirect_uri"] = "https://shop.example.evil.example/x"; }) == elsewhere);
  CHECK(with([](auto& p) { p["redirect_uri"] = "http://shop.example/x"; }) == elsewhere);
  CHECK(with([](auto& p) { p["redirect_uri"] = "javascript:alert(1)"; }) == elsewhere);
  CHECK(with([](auto&) {}, {}) == elsewhere);
  CHECK(with([](auto& p) { p["response_uri"] = "https://gateway.example/x"; }) == ErrorCode::oid4vp_invalid_request);
  CHECK(with([](auto& p) { p.erase("redirect_uri"); }) == ErrorCode::oid4vp_invalid_request);
  // What is posted goes to a gateway, which the certificate names: a page of the registration is none.
  CHECK(with([](auto& p) {
          p.erase("redirect_uri");
          p["response_mode"] = "direct_post";
          p["response_uri"] = kPage;
        }) == elsewhere);
}

TEST_CASE("dc_api: the page gets the members themselves") {
  Plain plain(ResponseMode::dc_api);
  json::Object payload = must(must(jose::Jws::parse(plain.transaction.request(plain.world))).unverified_payload());
  for (const char* absent : {"response_uri", "state"}) payload.erase(absent);
  payload["response_mode"] = "dc_api";
  payload["expected_origins"] = json::Array{"https://shop.example"};
  const std::string text = must(jose::sign_jws(
      {{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(plain.world.shop.chain)}}, payload, plain.world.shop.key));
  PresentationFlow flow(plain.cards, plain.world.trust(openid4vp_profile()), plain.world.rng);
  const BrowserRequest request{std::string(kDcApiSigned), json::Object{{"request", text}}, "https://shop.example"};
  CHECK(std::get<AskHolder>(must(flow.advance(request, kTestNow))).mode == ResponseMode::dc_api);
  const auto answer = std::get<AnswerBrowser>(must(flow.advance(Agreed{"ja"}, kTestNow)));
  CHECK(answer.data.contains("vp_token"));
  ExpectedResponse expected = plain.expected();
  expected.client_id = audience_of_origin("https://shop.example");
  expected.response_uri.clear();
  const ResponsePolicy policy{.issuers = plain.world.issuers, .iaca = plain.world.iacas, .check_status = all_valid};
  CHECK(std::get<VerifiedResponse>(must(receive_dc_api_response(answer.data, expected, policy, kTestNow)))
            .credentials.size() == 2);
  json::Object both = answer.data;
  both["response"] = "a.b.c.d.e";
  CHECK(code_of(receive_dc_api_response(both, expected, policy, kTestNow)) == ErrorCode::oid4vp_response_malformed);
  expected.mode = ResponseMode::dc_api_jwt;
  CHECK(code_of(receive_dc_api_response(answer.data, expected, policy, kTestNow)) ==
        ErrorCode::oid4vp_response_not_encrypted);
}

TEST_CASE("a profile that wants encryption answers none of them, and the holder is not even asked") {
  for (const ResponseMode mode : {ResponseMode::direct_post, ResponseMode::fragment}) {
    for (const RequestProfile& profile : {haip_profile(), encrypted_profile()}) {
      INFO(to_string(mode));
      Plain plain(mode);
      CHECK(code_of(plain.start(profile)) == ErrorCode::oid4vp_response_mode_not_supported);
      CHECK(plain.cards.signers_asked == 0);
    }
  }
}
