#include "tests/core/oid4vci/world.h"

// Coming back with an access token that is still good: what is sent, and which answers are believed.
using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr std::string_view kDeferred = "https://issuer.example/tenant/deferred";
constexpr std::string_view kNotification = "https://issuer.example/tenant/notification";

struct Return {
  World world;
  std::vector<HttpRequest> asked;  // beside the metadata
  std::vector<HttpResponse> answers;

  Return() {
    world.wire = [this](const HttpRequest& request) -> HttpResponse {
      if (request.method == "GET") return world.issuer.handle(request);
      asked.push_back(request);
      if (asked.size() > answers.size()) return HttpResponse{.status = 500, .headers = {}, .body = {}};
      return answers[asked.size() - 1];
    };
  }
  IssuanceStart start(std::variant<NewCopies, DeferredCopies, Notice> errand) const {
    return {.credential_issuer = world.issuer.metadata.credential_issuer,
            .configuration_ids = {"identity"},
            .authorization_server = {},
            .grant = HeldToken{"still-good"},
            .errand = std::move(errand)};
  }
  DeferredCopies waiting() { return {.transaction_id = "later", .keys = {world.keys.make_key().value()}}; }
  Result<Step> run(IssuanceStart with) {
    IssuanceFlow flow = world.code_flow(std::move(with));
    Event event = Start{};
    for (;;) {
      MIBUN_TRY(Step step, flow.advance(event, world.clock.now()));
      const auto* send = std::get_if<SendRequest>(&step);
      if (send == nullptr) return step;
      event = ResponseArrived{world.wire(send->request)};
    }
  }
};

HttpResponse json_response(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  headers.push_back({"Content-Type", "application/json"});
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace

TEST_CASE("a wallet that comes back sends its transaction with the token it holds, and nothing to the server") {
  Return back;
  back.answers = {json_response(202, R"({"transaction_id":"later","interval":7})")};
  const Step step = back.run(back.start(back.waiting())).value();
  const auto& pending = std::get<Pending>(step);
  CHECK(pending.interval == seconds(7));
  CHECK(pending.access_token == "still-good");
  CHECK(pending.key_ids == std::vector<std::string>{"key-0"});
  REQUIRE(back.asked.size() == 1);
  CHECK(back.asked[0].url == kDeferred);
  CHECK(back.asked[0].body == R"({"transaction_id":"later"})");
  CHECK(header_of(back.asked[0], "Authorization") == "DPoP still-good");
  CHECK(!header_of(back.asked[0], "DPoP").empty());
  CHECK(back.world.issuer.paths.size() == 1);  // the issuer's metadata
}

TEST_CASE("a waiting card is asked for under the issuer's published key where the issuer demands that, for a new key") {
  const auto key = crypto::P256PrivateKey::generate();
  jose::Jwk jwk(key.public_key());
  jwk.set_kid("k");
  jwk.set_alg("ECDH-ES");
  const std::vector both{jose::ContentEncryption::a128gcm, jose::ContentEncryption::a256gcm};
  const std::vector<DecryptionKey> keys{{"k", &key}};
  std::string named_before;
  for (int i = 0; i < 2; ++i) {
    Return back;
    back.world.issuer.metadata.request_encryption = RequestEncryption{{jwk}, both, true};
    back.world.issuer.metadata.response_encryption = ResponseEncryption{true, both, true};
    CHECK(!back.run(back.start(back.waiting())));  // an answer that is not encrypted
    REQUIRE(back.asked.size() == 1);
    CHECK(back.asked[0].url == kDeferred);
    const auto opened = open_request(back.asked[0].headers, back.asked[0].body, keys, true);
    REQUIRE(opened.has_value());
    CHECK(opened->encrypted);
    const json::Object sent = json::parse_object(opened->json).value();
    CHECK(sent.at("transaction_id") == json::Value("later"));
    const std::string named = json::serialize(sent.at("credential_response_encryption").at("jwk"));
    CHECK(named != named_before);
    named_before = named;
  }
}

TEST_CASE("a DPoP nonce that the deferred endpoint demands is obeyed once, for the same transaction") {
  Return back;
  const HttpResponse demand =
      json_response(401, R"({"error":"use_dpop_nonce"})",
                    {{"DPoP-Nonce", "n-1"}, {"WWW-Authenticate", "DPoP error=\"use_dpop_nonce\""}});
  back.answers = {demand, json_response(202, R"({"transaction_id":"later","interval":7})")};
  CHECK(std::holds_alternative<Pending>(back.run(back.start(back.waiting())).value()));
  REQUIRE(back.asked.size() == 2);
  CHECK(back.asked[1].url == kDeferred);
  CHECK(back.asked[1].body == back.asked[0].body);

  Return twice;
  twice.answers = {demand, demand, demand};
  CHECK(code_of(twice.run(twice.start(twice.waiting()))) == "dpop_use_nonce");
  CHECK(twice.asked.size() == 2);
}

TEST_CASE("what the deferred endpoint answers is believed only as the specification says it") {
  struct Row {
    const char* why;
    HttpResponse answer;
    const char* want;
  };
  const Row rows[] = {
      {"another transaction", json_response(202, R"({"transaction_id":"other","interval":7})"),
       "oid4vci_response_malformed"},
      {"a credential that is none", json_response(200, R"({"credentials":[{"credential":"a.b.c~"}]})"),
       "oid4vci_response_malformed"},
      {"no such transaction", json_response(400, R"({"error":"invalid_transaction_id"})"),
       "oid4vci_invalid_transaction_id"},
      {"refused for good", json_response(400, R"({"error":"credential_request_denied"})"),
       "oid4vci_credential_request_denied"},
      {"a redirect",
       {.status = 302, .headers = {{"Location", "https://elsewhere.example"}}, .body = {}},
       "http_redirect_refused"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    Return back;
    back.answers = {row.answer};
    const auto end = back.run(back.start(back.waiting()));
    REQUIRE_FALSE(end.has_value());
    CHECK(code_of(end) == row.want);
    CHECK(back.asked.size() == 1);
  }
  Return gone;
  gone.world.issuer.metadata.deferred_credential_endpoint.reset();
  CHECK(code_of(gone.run(gone.start(gone.waiting()))) == "oid4vci_metadata_malformed");
  CHECK(gone.asked.empty());
}

TEST_CASE("an issuer hears that a card was deleted, and only that") {
  Return back;
  back.world.issuer.metadata.notification_endpoint = std::string(kNotification);
  back.answers = {{.status = 204, .headers = {}, .body = {}}};
  const Step told = back.run(back.start(Notice{"n-1"})).value();
  CHECK(std::get<Notified>(told).taken);
  REQUIRE(back.asked.size() == 1);
  CHECK(back.asked[0].url == kNotification);
  CHECK(back.asked[0].body == R"({"notification_id":"n-1","event":"credential_deleted"})");

  Return deaf;
  deaf.world.issuer.metadata.notification_endpoint.reset();
  CHECK(!std::get<Notified>(deaf.run(deaf.start(Notice{"n-1"})).value()).taken);
  CHECK(deaf.asked.empty());
}

TEST_CASE("a refresh token is in safe hands before the token that came with it is used") {
  World world;
  world.issuer.refreshable = true;
  const auto first = play_code_flow(world);
  IssuanceStart start = world.initiated();
  start.grant = RefreshGrant{*first->refresh_token};
  const FlowClient client{.client_id = "wallet", .redirect_uri = "https://wallet.example/cb"};
  std::vector<std::string> kept;
  std::size_t paths = 0;
  IssuanceFlow::Parts parts{.keys = world.keys, .dpop_key = world.dpop_key, .rng = world.rng, .client = client};
  parts.keep_refresh_token = [&](const std::string& token) -> Status {
    kept.push_back(token);
    paths = world.issuer.paths.size();
    return {};
  };
  IssuanceFlow flow(start, 10, parts);
  const auto second = world.play(flow, {});
  REQUIRE(second.has_value());
  CHECK(kept == std::vector<std::string>{*second->refresh_token});
  CHECK(world.issuer.paths.size() == paths + 2);  // nonce and credential came after it

  // Where it cannot be kept the exchange ends there.
  parts.keep_refresh_token = [](const std::string&) -> Status { return fail(ErrorCode::io_error, "store"); };
  start.grant = RefreshGrant{*second->refresh_token};
  IssuanceFlow broken(start, 10, parts);
  CHECK(code_of(world.play(broken, {})) == "io_error");
}
