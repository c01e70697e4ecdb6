// Holder and issuer in one process, with one seed and a clock turned by hand.
#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "tests/core/oid4vci/world.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

std::string bound_thumbprint(const std::string& credential) {
  const auto payload =
      jose::Jws::parse(credential.substr(0, credential.find('~'))).value().unverified_payload().value();
  return jose::Jwk::parse(payload.at("cnf").at("jwk").as_object()).value().thumbprint();
}

}  // namespace

TEST_CASE("a holder receives ten copies, each with its own key") {
  World world;
  world.issuer.shuffle_credentials = true;
  const OfferLink link = parse_offer_link(world.issuer.make_offer("123456").to_uri()).value();
  const auto done = world.receive(std::get<CredentialOffer>(link), {"123456"});
  REQUIRE(done.has_value());
  REQUIRE(done->copies.size() == 10);
  CHECK(world.issuer.issued == 10);
  std::set<std::string> ids;
  for (const IssuedCopy& copy : done->copies) {
    ids.insert(copy.key_id);
    const std::size_t at = std::stoul(copy.key_id.substr(4));
    CHECK(bound_thumbprint(copy.credential) == jose::Jwk(world.keys.keys[at]->public_key()).thumbprint());
  }
  CHECK(ids.size() == 10);
  CHECK(world.issuer.paths == std::vector<std::string>{"GET /.well-known/openid-credential-issuer/tenant",
                                                       "GET /.well-known/oauth-authorization-server/tenant",
                                                       "POST /tenant/token", "POST /tenant/nonce",
                                                       "POST /tenant/credential"});
  REQUIRE(world.questions.size() == 1);
  CHECK(world.questions[0].tx_code->length == 6);
  CHECK(world.questions[0].copies == 10);
  CHECK(choose_display(world.questions[0].issuer_display, "ja")->name == "身分");
}

TEST_CASE("the same seed plays the same exchange") {
  World first(11), second(11);
  const auto one = first.receive(first.issuer.make_offer("123456"), {"123456"}).value();
  const auto two = second.receive(second.issuer.make_offer("123456"), {"123456"}).value();
  for (std::size_t i = 0; i < one.copies.size(); ++i)
    CHECK(bound_thumbprint(one.copies[i].credential) == bound_thumbprint(two.copies[i].credential));
}

TEST_CASE("an offer without tx_code still asks the holder before the code is sent") {
  World world;
  CHECK(code_of(world.receive(world.issuer.make_offer(std::nullopt), {})) == "cancelled");
  CHECK(world.issuer.paths.size() == 2);
  CHECK(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt}).has_value());
}

TEST_CASE("a DPoP nonce demanded by the server is obeyed once") {
  World world;
  world.issuer.dpop_nonces = true;
  CHECK(world.receive(world.issuer.make_offer("1"), {"1"}).has_value());
  CHECK(std::ranges::count(world.issuer.paths, "POST /tenant/token") == 2);
  CHECK(std::ranges::count(world.issuer.paths, "POST /tenant/credential") == 2);

  // A server that never has enough does not keep the wallet going.
  for (const char* path : {"/tenant/token", "/tenant/credential"}) {
    World stubborn;
    int asked = 0;
    stubborn.wire = [&](const HttpRequest& request) {
      if (!request.url.ends_with(path)) return stubborn.issuer.handle(request);
      ++asked;
      return error_response({ErrorCode::dpop_use_nonce, "", ""}, Endpoint::credential, "n" + std::to_string(asked));
    };
    CHECK(code_of(stubborn.receive(stubborn.issuer.make_offer("1"), {"1"})) == "dpop_use_nonce");
    CHECK(asked == 2);
  }
}

TEST_CASE("a wrong tx_code is asked again, until the issuer locks the code") {
  World world;
  CHECK(world.receive(world.issuer.make_offer("123456"), {"000000", "123456"}).has_value());
  REQUIRE(world.questions.size() == 2);
  CHECK(!world.questions[0].tx_code_was_wrong);
  CHECK(world.questions[1].tx_code_was_wrong);

  World guesser;
  const CredentialOffer offer = guesser.issuer.make_offer("123456");
  CHECK(code_of(guesser.receive(offer, {"1", "2", "3", "4", "5", "123456"})) == "oauth_invalid_grant");
  CHECK(code_of(guesser.receive(offer, {"123456"})) == "cancelled");  // locked: the right one is wrong too
  CHECK(guesser.issuer.issued == 0);
}

TEST_CASE("the holder's answer fits the offer") {
  World world;
  CHECK(code_of(world.receive(world.issuer.make_offer("1"), {std::nullopt})) == "oid4vci_tx_code_needed");
  CHECK(code_of(world.receive(world.issuer.make_offer(std::nullopt), {"1"})) == "oid4vci_tx_code_needed");
}

TEST_CASE("of several cards the holder picks one, and that one is asked for; those it cannot hold are not offered") {
  const auto play = [](const std::string& picks) {
    World world;
    for (const char* id : {"attested", "photo"}) {
      world.issuer.metadata.configurations.push_back(world.issuer.metadata.configurations[0]);
      world.issuer.metadata.configurations.back().id = id;
    }
    world.issuer.metadata.configurations[1].key_attestations = KeyAttestationsRequired{};
    CredentialOffer offer = world.issuer.make_offer(std::nullopt);
    offer.configuration_ids = {"identity", "attested", "photo", "unknown"};
    std::string asked;
    world.wire = [&](const HttpRequest& request) {
      if (request.url.ends_with("/credential")) {
        asked = json::parse_object(request.body).value().at("credential_configuration_id").as_string();
      }
      return world.issuer.handle(request);
    };
    world.picks = picks;
    const auto done = world.receive(offer, {std::nullopt});
    REQUIRE(world.questions.size() == 1);
    REQUIRE(world.questions[0].offered.size() == 2);
    CHECK(world.questions[0].offered[0].id == "identity");
    CHECK(world.questions[0].offered[1].id == "photo");
    CHECK(world.questions[0].configuration.id == "identity");
    if (done) CHECK(done->configuration.id == asked);
    return done ? asked : code_of(done);
  };
  CHECK(play("photo") == "photo");
  CHECK(play("identity") == "identity");
  CHECK(play("") == "identity");
  CHECK(play("attested") == "oid4vci_unknown_credential_configuration");
  CHECK(play("unknown") == "oid4vci_unknown_credential_configuration");
}

TEST_CASE("an offer works once") {
  World world;
  const CredentialOffer offer = world.issuer.make_offer(std::nullopt);
  CHECK(world.receive(offer, {std::nullopt}).has_value());
  CHECK(code_of(world.receive(offer, {std::nullopt})) == "oauth_invalid_grant");
  CHECK(world.issuer.issued == 10);
}

TEST_CASE("every request replayed at once by somebody else gives nothing more") {
  World world;
  world.wire = [&](const HttpRequest& request) {
    const HttpResponse answer = world.issuer.handle(request);
    if (request.url.ends_with("/token")) {
      const HttpResponse again = world.issuer.handle(request);
      CHECK(error_from_response(again).code == ErrorCode::dpop_invalid_proof);
    }
    if (request.url.ends_with("/credential")) CHECK(world.issuer.handle(request).status == 401);
    return answer;
  };
  CHECK(world.receive(world.issuer.make_offer("1"), {"1"}).has_value());
  CHECK(world.issuer.issued == 10);
}

TEST_CASE("a stolen access token is worth nothing without its key") {
  World world;
  SeededRng thief_rng(99);
  const crypto::P256PrivateKey thief = key_from(thief_rng);
  bool tried = false;
  world.wire = [&](const HttpRequest& request) {
    if (request.url.ends_with("/credential") && !tried) {
      tried = true;
      const std::string token = read_access_token(request.headers).value();
      HttpRequest stolen = request;
      const DpopRequest forged{.method = "POST", .url = request.url, .access_token = token};
      stolen.headers.back().value = make_dpop_proof(forged, thief, world.clock.now(), thief_rng).value();
      CHECK(world.issuer.handle(stolen).header("WWW-Authenticate")->find("invalid_token") != std::string_view::npos);
      stolen.headers[2].value = "Bearer " + token;
      CHECK(world.issuer.handle(stolen).status == 401);
      CHECK(world.issuer.issued == 0);
    }
    return world.issuer.handle(request);
  };
  CHECK(world.receive(world.issuer.make_offer("1"), {"1"}).has_value());
}

TEST_CASE("what was kept too long has expired") {
  World world;
  world.wire = [&](const HttpRequest& request) {
    if (request.url.ends_with("/credential")) world.clock.advance(seconds(299));
    return world.issuer.handle(request);
  };
  CHECK(code_of(world.receive(world.issuer.make_offer("1"), {"1"})) == "oauth_invalid_token");
}

TEST_CASE("metadata that do not fit the offer stop the flow before the code is sent") {
  struct Row {
    const char* why;
    void (*change)(TestIssuer&, CredentialOffer&);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"another issuer",
       [](TestIssuer& i, CredentialOffer&) { i.metadata.credential_issuer = "https://issuer.example/other"; },
       "oid4vci_issuer_mismatch"},
      {"another server", [](TestIssuer& i, CredentialOffer&) { i.server.issuer = "https://issuer.example/other"; },
       "oid4vci_issuer_mismatch"},
      {"http endpoint",
       [](TestIssuer& i, CredentialOffer&) { i.metadata.credential_endpoint = "http://issuer.example/c"; },
       "oid4vci_metadata_malformed"},
      {"http token endpoint",
       [](TestIssuer& i, CredentialOffer&) { i.server.token_endpoint = "http://issuer.example/t"; },
       "oid4vci_metadata_malformed"},
      {"configuration not there", [](TestIssuer&, CredentialOffer& o) { o.configuration_ids = {"other"}; },
       "oid4vci_unknown_credential_configuration"},
      {"no pre-authorized code", [](TestIssuer& i, CredentialOffer&) { i.server.grant_types = {"authorization_code"}; },
       "oauth_unsupported_grant_type"},
      {"no DPoP", [](TestIssuer& i, CredentialOffer&) { i.server.dpop_algorithms = {}; }, "oid4vci_metadata_malformed"},
      {"a server that is not listed",
       [](TestIssuer&, CredentialOffer& o) { o.pre_authorized->authorization_server = "https://evil.example"; },
       "oid4vci_issuer_mismatch"},
      {"a listed server that is not there",
       [](TestIssuer& i, CredentialOffer&) { i.metadata.authorization_servers = {"https://issuer.example/tenant2"}; },
       "http_status_unexpected"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    CredentialOffer offer = world.issuer.make_offer("1");
    row.change(world.issuer, offer);
    const auto done = world.receive(offer, {"1"});
    CHECK(code_of(done) == row.want);
    CHECK(std::ranges::count(world.issuer.paths, "POST /tenant/token") == 0);
    CHECK(world.questions.empty());
  }
}

TEST_CASE("A14: the access token goes to its issuer's endpoints in the header for it, and stands nowhere else") {
  World world;
  world.issuer.notification_id = "n-1";
  std::string token;
  std::vector<HttpRequest> sent;
  world.wire = [&](const HttpRequest& request) {
    sent.push_back(request);
    HttpResponse response = world.issuer.handle(request);
    if (request.url.ends_with("/token")) token = parsed(response.body).at("access_token").as_string();
    return response;
  };
  REQUIRE(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt}).has_value());
  REQUIRE(!token.empty());
  // As it is, and where a part of a JWT hides it.
  const auto hides = [&](std::string_view text) {
    if (text.find(token) != std::string_view::npos) return true;
    for (std::size_t at = text.find("eyJ"); at != std::string_view::npos; at = text.find("eyJ", at + 3)) {
      const std::string_view part = text.substr(at, text.find_first_of(".\"~&, ", at) - at);
      const auto decoded = base64url::decode(part);
      if (decoded && as_text(*decoded).find(token) != std::string_view::npos) return true;
    }
    return false;
  };
  std::size_t carried = 0;
  for (const HttpRequest& request : sent) {
    CAPTURE(request.url);
    CHECK(request.url.starts_with("https://issuer.example/"));
    CHECK(!hides(request.url));
    CHECK(!hides(request.body));
    for (const HttpHeader& header : request.headers) {
      if (header.name != "Authorization") {
        CHECK(!hides(header.value));
        continue;
      }
      CHECK(header.value == "DPoP " + token);
      CHECK((request.url.ends_with("/credential") || request.url.ends_with("/notification")));
      ++carried;
    }
  }
  CHECK(carried >= 1);
}

TEST_CASE("A14: no redirect is followed, to whatever host and with whatever status") {
  for (const char* path :
       {"/openid-credential-issuer/tenant", "/oauth-authorization-server/tenant", "/token", "/nonce", "/credential"}) {
    for (const int status : {301, 302, 303, 307, 308}) {
      CAPTURE(path);
      CAPTURE(status);
      World world;
      std::size_t after = 0;
      bool redirected = false;
      world.wire = [&](const HttpRequest& request) {
        after += redirected ? 1 : 0;
        HttpResponse response = world.issuer.handle(request);
        if (!request.url.ends_with(path)) return response;
        redirected = true;
        response.status = status;
        response.headers.push_back({"Location", "https://evil.example" + std::string(path)});
        return response;
      };
      CHECK(code_of(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt})) == "http_redirect_refused");
      CHECK(redirected);
      CHECK(after == 0);
    }
  }
}

TEST_CASE("A14: answers that are not what was asked for stop the flow") {
  struct Row {
    const char* why;
    const char* path;
    void (*change)(HttpResponse&);
    const char* want;
  };
  static constexpr auto body = [](HttpResponse& r, const char* text) { r.body = text; };
  static constexpr auto type = [](HttpResponse& r) {
    std::erase_if(r.headers, [](const HttpHeader& h) { return h.name == "Content-Type"; });
  };
  static constexpr Row rows[] = {
      {"redirected metadata", "/openid-credential-issuer/tenant", [](HttpResponse& r) { r.status = 302; },
       "http_redirect_refused"},
      {"missing metadata", "/openid-credential-issuer/tenant", [](HttpResponse& r) { r.status = 404; },
       "http_status_unexpected"},
      {"metadata as HTML", "/openid-credential-issuer/tenant",
       [](HttpResponse& r) { r.headers[0].value = "text/html"; }, "oid4vci_response_malformed"},
      {"encryption demanded", "/openid-credential-issuer/tenant",
       [](HttpResponse& r) {
         r.body.insert(1, R"("credential_response_encryption":{"alg_values_supported":["ECDH-ES"],)"
                          R"("enc_values_supported":["A128GCM"],"encryption_required":true},)");
       },
       "oid4vci_invalid_encryption_parameters"},
      {"redirected server metadata", "/oauth-authorization-server/tenant", [](HttpResponse& r) { r.status = 301; },
       "http_redirect_refused"},
      {"redirected token", "/token", [](HttpResponse& r) { r.status = 307; }, "http_redirect_refused"},
      {"token without type", "/token", [](HttpResponse& r) { type(r); }, "oid4vci_response_malformed"},
      {"bearer token", "/token", [](HttpResponse& r) { body(r, R"({"access_token":"a","token_type":"Bearer"})"); },
       "oid4vci_response_malformed"},
      {"no token", "/token", [](HttpResponse& r) { body(r, "{}"); }, "oid4vci_response_malformed"},
      {"broken token endpoint", "/token",
       [](HttpResponse& r) {
         r.status = 500;
         body(r, "");
       },
       "oid4vci_response_malformed"},
      {"busy token endpoint", "/token",
       [](HttpResponse& r) {
         r.status = 503;
         body(r, R"({"error":"temporarily_unavailable"})");
       },
       "unavailable"},
      {"nonce refused", "/nonce", [](HttpResponse& r) { r.status = 400; }, "http_status_unexpected"},
      {"no nonce", "/nonce", [](HttpResponse& r) { body(r, "{}"); }, "oid4vci_response_malformed"},
      {"another nonce", "/nonce", [](HttpResponse& r) { body(r, R"({"c_nonce":"made-up"})"); },
       "oid4vci_invalid_nonce"},
      {"redirected credential", "/credential", [](HttpResponse& r) { r.status = 303; }, "http_redirect_refused"},
      {"deferred credential", "/credential",
       [](HttpResponse& r) {
         r.status = 202;
         body(r, R"({"transaction_id":"t","interval":5})");
       },
       "oid4vci_issuance_pending"},
      {"denied", "/credential",
       [](HttpResponse& r) {
         r.status = 400;
         body(r, R"({"error":"credential_request_denied"})");
       },
       "oid4vci_credential_request_denied"},
      {"no credential", "/credential", [](HttpResponse& r) { body(r, R"({"credentials":[]})"); },
       "oid4vci_response_malformed"},
      {"not an SD-JWT", "/credential", [](HttpResponse& r) { body(r, R"({"credentials":[{"credential":"x~"}]})"); },
       "oid4vci_response_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    world.wire = [&](const HttpRequest& request) {
      HttpResponse response = world.issuer.handle(request);
      if (request.url.ends_with(row.path)) row.change(response);
      return response;
    };
    CHECK(code_of(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt})) == row.want);
  }
}

TEST_CASE("a copy bound to a foreign key or twice to one key is refused") {
  for (const bool foreign : {true, false}) {
    World world;
    const crypto::P256PrivateKey other = key_from(world.rng);
    world.wire = [&](const HttpRequest& request) {
      HttpResponse response = world.issuer.handle(request);
      if (!request.url.ends_with("/credential")) return response;
      auto credentials = CredentialResponse::parse(response.body).value();
      const json::Object payload{{"cnf", json::Object{{"jwk", jose::Jwk(other.public_key()).to_json()}}}};
      credentials.credentials[3] =
          foreign ? jose::sign_jws({{"typ", "dc+sd-jwt"}}, payload, other).value() + "~" : credentials.credentials[4];
      response.body = json::serialize(credentials.to_json());
      return response;
    };
    const auto done = world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt});
    CHECK(code_of(done) == "oid4vci_response_malformed");
  }
}

TEST_CASE("events that do not belong end the flow, and an ended flow stays ended") {
  World world;
  const CredentialOffer offer = world.issuer.make_offer(std::nullopt);
  for (const Event& event :
       {Event(ResponseArrived{{.status = 200, .headers = {}, .body = "{}"}}), Event(HolderAgreed{})}) {
    IssuanceFlow flow = world.flow(offer);
    CHECK(code_of(flow.advance(event, kNow)) == "invalid_argument");
    CHECK(code_of(flow.advance(Start{}, kNow)) == "invalid_argument");
  }
  IssuanceFlow flow = world.flow(offer);
  CHECK(world.play(flow, {std::nullopt}).has_value());
  CHECK(code_of(flow.advance(Start{}, kNow)) == "invalid_argument");
}

TEST_CASE("fewer copies than the issuer allows, and never more") {
  for (const auto& [wanted, allowed, want] :
       {std::array<std::size_t, 3>{3, 10, 3}, {50, 10, 10}, {10, 1, 1}, {0, 10, 1}, {100, 100, 20}}) {
    World world;
    world.issuer.metadata.batch_size = allowed;
    IssuanceFlow flow = world.flow(world.issuer.make_offer(std::nullopt), wanted);
    const auto done = world.play(flow, {std::nullopt});
    REQUIRE(done.has_value());
    CHECK(done->copies.size() == want);
  }
}

TEST_CASE("where encryption is offered requests and answers are encrypted, also when an answer is an error") {
  for (const bool required : {false, true}) {
    World world;
    world.issuer.offer_encryption(required);
    std::string request_type, answer_type, answer_header;
    world.wire = [&](const HttpRequest& request) {
      HttpResponse response = world.issuer.handle(request);
      if (!request.url.ends_with("/credential")) return response;
      request_type = request.headers[1].value;
      answer_type = std::string(response.header("Content-Type").value());
      answer_header = response.body.substr(0, response.body.find('.'));
      return response;
    };
    const auto done = world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt});
    REQUIRE(done.has_value());
    CHECK(done->copies.size() == 10);
    CHECK(world.issuer.last_encrypted);
    CHECK(request_type == "application/jwt");
    CHECK(answer_type == "application/jwt");
    const json::Object header = parsed(as_text(base64url::decode(answer_header).value()));
    CHECK(header.at("alg").as_string() == "ECDH-ES");
    CHECK(header.at("enc").as_string() == "A256GCM");
  }
  World refused;
  refused.issuer.offer_encryption(true);
  refused.wire = [&](const HttpRequest& request) {
    if (request.url.ends_with("/credential")) {
      return error_response({ErrorCode::oid4vci_credential_request_denied, "", ""}, Endpoint::credential);
    }
    return refused.issuer.handle(request);
  };
  CHECK(code_of(refused.receive(refused.issuer.make_offer(std::nullopt), {std::nullopt})) ==
        "oid4vci_credential_request_denied");
}

TEST_CASE("an answer in clear, for another key or cut short is refused when encryption was asked for") {
  struct Row {
    const char* why;
    std::function<void(World&, HttpResponse&)> change;
    const char* want;
  };
  const Row rows[] = {
      {"unchanged", [](World&, HttpResponse&) {}, "accepted"},
      {"in clear",
       [](World&, HttpResponse& r) {
         r.headers[0].value = "application/json";
         r.body = R"({"credentials":[{"credential":"x"}]})";
       },
       "oid4vci_response_not_encrypted"},
      {"encrypted, said to be JSON", [](World&, HttpResponse& r) { r.headers[0].value = "application/json"; },
       "oid4vci_response_not_encrypted"},
      {"for another key",
       [](World& w, HttpResponse& r) {
         const auto other = key_from(w.rng);
         r.body = encrypt_message({{"transaction_id", "t"}, {"interval", 5}}, jose::Jwk(other.public_key()),
                                  jose::ContentEncryption::a256gcm, w.rng)
                      .value();
       },
       "jwe_decryption_failed"},
      {"cut short", [](World&, HttpResponse& r) { r.body.resize(r.body.size() - 4); }, "jwe_malformed"},
      {"one letter changed", [](World&, HttpResponse& r) { r.body[200] = r.body[200] == 'A' ? 'B' : 'A'; }, "any"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    world.issuer.offer_encryption(false);
    world.wire = [&](const HttpRequest& request) {
      HttpResponse response = world.issuer.handle(request);
      if (request.url.ends_with("/credential")) row.change(world, response);
      return response;
    };
    const auto done = world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt});
    if (std::string_view(row.want) == "any") {
      CHECK(!done.has_value());
    } else {
      CHECK(code_of(done) == row.want);
    }
  }
}

TEST_CASE("a card that comes later leaves what is needed to come back") {
  World world;
  world.issuer.offer_encryption(false);
  world.issuer.defer = true;
  IssuanceFlow flow = world.flow(world.issuer.make_offer(std::nullopt), 3);
  Event event = Start{};
  for (;;) {
    const Step step = flow.advance(event, world.clock.now()).value();
    if (const auto* pending = std::get_if<Pending>(&step)) {
      CHECK(pending->transaction_id == "later");
      CHECK(pending->interval == seconds(60));
      CHECK(pending->key_ids == std::vector<std::string>{"key-0", "key-1", "key-2"});
      CHECK(pending->configuration.id == "identity");
      break;
    }
    if (const auto* send = std::get_if<SendRequest>(&step)) {
      event = ResponseArrived{world.issuer.handle(send->request)};
    } else {
      event = HolderAgreed{};
    }
  }
  CHECK(code_of(flow.advance(CopiesHandled{}, kNow)) == "invalid_argument");
}

TEST_CASE("the issuer is told once what became of the copies, when it wants to know") {
  for (const bool nonces : {false, true}) {
    World world;
    world.issuer.dpop_nonces = nonces;
    world.issuer.notification_id = "n-1";
    IssuanceFlow flow = world.flow(world.issuer.make_offer(std::nullopt));
    REQUIRE(world.play(flow, {std::nullopt}).has_value());
    Event event = CopiesHandled{NotificationEvent::credential_failure};
    for (;;) {
      const Step step = flow.advance(event, world.clock.now()).value();
      if (const auto* notified = std::get_if<Notified>(&step)) {
        CHECK(notified->taken);
        break;
      }
      event = ResponseArrived{world.issuer.handle(std::get<SendRequest>(step).request)};
    }
    CHECK(world.issuer.notified == std::vector{NotificationEvent::credential_failure});
    CHECK(code_of(flow.advance(CopiesHandled{}, kNow)) == "invalid_argument");
  }
  World silent;
  IssuanceFlow flow = silent.flow(silent.issuer.make_offer(std::nullopt));
  REQUIRE(silent.play(flow, {std::nullopt}).has_value());
  CHECK(!std::get<Notified>(flow.advance(CopiesHandled{}, kNow).value()).taken);
}
