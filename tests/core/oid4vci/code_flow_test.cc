// The authorization code grant: PAR, the visit to the server, the redirect, the token.
#include "core/codecs/url.h"
#include "tests/core/oid4vci/world.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// Cut before "&name=", with everything that follows it up to the next parameter.
std::string dropped(std::string url, const std::string& name) {
  const std::size_t begin = url.find("&" + name + "=");
  REQUIRE(begin != std::string::npos);
  const std::size_t end = std::min(url.find('&', begin + 1), url.size());
  return url.erase(begin, end - begin);
}

}  // namespace

TEST_CASE("oid4vci-1_0-wallet-test-credential-issuance: a holder signs in at the issuer and receives ten copies") {
  World world;
  world.issuer.dpop_nonces = true;
  const auto done = play_code_flow(world);
  REQUIRE(done.has_value());
  CHECK(done->copies.size() == 10);
  CHECK(done->authorization_server == world.issuer.server.issuer);
  CHECK(!done->refresh_token.has_value());
  CHECK(world.issuer.paths == std::vector<std::string>{"GET /.well-known/openid-credential-issuer/tenant",
                                                       "GET /.well-known/oauth-authorization-server/tenant",
                                                       "POST /tenant/par", "POST /tenant/par", "visit",
                                                       "POST /tenant/token", "POST /tenant/nonce",
                                                       "POST /tenant/credential", "POST /tenant/credential"});
  REQUIRE(world.questions.size() == 1);
  CHECK(world.questions[0].signs_in);
  REQUIRE(world.issuer.requests.size() == 1);
  const AuthorizationRequest& request = world.issuer.requests[0];
  CHECK(request.scopes == std::vector<std::string>{"identity"});
  CHECK(request.details.empty());
  CHECK(request.state.value().size() >= 22);
  CHECK(!request.issuer_state.has_value());
}

TEST_CASE("an offer's issuer_state and a shared server's resource travel along; no scope means details") {
  World world;
  world.issuer.metadata.authorization_servers = {world.issuer.server.issuer};
  IssuanceStart start = world.initiated();
  start.grant = CodeGrant{.issuer_state = "context-7"};
  IssuanceFlow flow = world.code_flow(start);
  REQUIRE(world.play(flow, {std::nullopt}).has_value());
  CHECK(world.issuer.requests[0].issuer_state == "context-7");
  CHECK(world.issuer.requests[0].resource == world.issuer.metadata.credential_issuer);

  world.issuer.metadata.configurations[0].scope.clear();
  const auto done = play_code_flow(world);
  REQUIRE(done.has_value());
  const AuthorizationRequest& detailed = world.issuer.requests[1];
  CHECK(detailed.scopes.empty());
  REQUIRE(detailed.details.size() == 1);
  CHECK(detailed.details[0].configuration_id == "identity");
  CHECK(detailed.details[0].locations == std::vector<std::string>{world.issuer.metadata.credential_issuer});
}

TEST_CASE("an offer without grants leaves the choice to the metadata: the first server where a holder can sign in") {
  World world;
  const CredentialOffer offer{.credential_issuer = world.issuer.metadata.credential_issuer,
                              .configuration_ids = {"identity"}};
  IssuanceFlow flow = world.code_flow(IssuanceStart::from(offer));
  REQUIRE(world.play(flow, {std::nullopt}).has_value());
  CHECK(world.questions.back().signs_in);
  CHECK(!world.issuer.requests[0].issuer_state.has_value());

  // Two servers that only take codes of offers, and then the one that lets people in.
  const std::string last = world.issuer.server.issuer;
  world.issuer.metadata.authorization_servers = {"https://a.example", "https://b.example", last};
  std::vector<std::string> visited;
  world.wire = [&](const HttpRequest& request) {
    for (const char* server : {"https://a.example", "https://b.example"}) {
      if (!request.url.starts_with(server)) continue;
      visited.push_back(request.url);
      AuthorizationServerMetadata other = world.issuer.server;
      other.issuer = server;
      other.grant_types = {std::string(kPreAuthorizedCodeGrant)};
      return HttpResponse{200, {{"Content-Type", "application/json"}}, json::serialize(other.to_json())};
    }
    return world.issuer.handle(request);
  };
  IssuanceFlow searching = world.code_flow(IssuanceStart::from(offer));
  REQUIRE(world.play(searching, {std::nullopt}).has_value());
  CHECK(visited == std::vector<std::string>{"https://a.example/.well-known/oauth-authorization-server",
                                            "https://b.example/.well-known/oauth-authorization-server"});

  world.issuer.metadata.authorization_servers = {"https://a.example", "https://b.example"};
  const std::size_t pushed = world.issuer.requests.size();
  IssuanceFlow nowhere = world.code_flow(IssuanceStart::from(offer));
  CHECK(code_of(world.play(nowhere, {std::nullopt})) == "oauth_unsupported_grant_type");
  CHECK(world.issuer.requests.size() == pushed);
}

TEST_CASE(
    "oid4vci-1_0-wallet-happy-path-with-scopes-without-authorization-details-in-token-response: the configuration is "
    "named") {
  World world;
  std::string body;
  world.wire = [&](const HttpRequest& request) {
    if (request.url.ends_with("/credential")) body = request.body;
    return world.issuer.handle(request);
  };
  REQUIRE(play_code_flow(world).has_value());
  CHECK(parsed(body).at("credential_configuration_id") == "identity");
  CHECK(!parsed(body).contains("credential_identifier"));
}

TEST_CASE("nothing about two exchanges is alike") {
  World world;
  REQUIRE(play_code_flow(world).has_value());
  REQUIRE(play_code_flow(world).has_value());
  CHECK(world.issuer.requests[0].state != world.issuer.requests[1].state);
  CHECK(world.issuer.requests[0].code_challenge.text() != world.issuer.requests[1].code_challenge.text());
}

TEST_CASE("new copies come for a refresh token without asking anybody") {
  World world;
  world.issuer.refreshable = true;
  const auto first = play_code_flow(world);
  REQUIRE(first.has_value());
  REQUIRE(first->refresh_token.has_value());
  IssuanceStart start = world.initiated();
  start.grant = RefreshGrant{*first->refresh_token};
  const std::size_t questions = world.questions.size();
  IssuanceFlow renewal = world.code_flow(start);
  const auto second = world.play(renewal, {});
  REQUIRE(second.has_value());
  CHECK(second->copies.size() == 10);
  CHECK(second->refresh_token != first->refresh_token);
  CHECK(world.questions.size() == questions);

  IssuanceFlow again = world.code_flow(start);
  CHECK(code_of(world.play(again, {})) == "oauth_invalid_grant");
}

TEST_CASE("a redirect that is not the answer to this exchange ends it before the code is sent") {
  struct Row {
    const char* why;
    std::function<std::string(const std::string&)> change;
    const char* want;
  };
  const Row rows[] = {
      {"another server's code (mix-up)",
       [](const std::string& url) { return replaced(url, "issuer.example", "evil.example"); }, "oauth_issuer_mismatch"},
      {"no iss", [](const std::string& url) { return dropped(url, "iss"); }, "oauth_issuer_mismatch"},
      {"no state", [](const std::string& url) { return dropped(url, "state"); }, "oauth_state_mismatch"},
      {"another state", [](const std::string& url) { return replaced(url, "state=", "state=x"); },
       "oauth_state_mismatch"},
      {"another address", [](const std::string& url) { return replaced(url, "wallet.example", "other.example"); },
       "oauth_invalid_request"},
      {"a refusal", [](const std::string& url) { return replaced(url, "code=", "error=access_denied&x="); },
       "oauth_access_denied"},
      {"nothing", [](const std::string&) { return std::string(); }, "oauth_invalid_request"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    world.browser = [&](const std::string& url) { return row.change(world.issuer.visit(url)); };
    CHECK(code_of(play_code_flow(world)) == row.want);
    CHECK(world.issuer.paths.back() == "visit");
  }
}

TEST_CASE("a redirect of the exchange before is refused by its state") {
  World world;
  std::string first;
  world.browser = [&](const std::string& url) { return first = world.issuer.visit(url); };
  REQUIRE(play_code_flow(world).has_value());
  world.browser = [&](const std::string& url) {
    static_cast<void>(world.issuer.visit(url));
    return first;
  };
  CHECK(code_of(play_code_flow(world)) == "oauth_state_mismatch");
}

TEST_CASE("a server without what the code flow needs is refused before anything is pushed") {
  struct Row {
    const char* why;
    void (*change)(AuthorizationServerMetadata&);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"no authorization code grant",
       [](AuthorizationServerMetadata& m) { m.grant_types = {std::string(kPreAuthorizedCodeGrant)}; },
       "oauth_unsupported_grant_type"},
      {"no authorization endpoint", [](AuthorizationServerMetadata& m) { m.authorization_endpoint.reset(); },
       "oid4vci_metadata_malformed"},
      {"no pushed requests", [](AuthorizationServerMetadata& m) { m.pushed_authorization_request_endpoint.reset(); },
       "oid4vci_metadata_malformed"},
      {"no code among the response types", [](AuthorizationServerMetadata& m) { m.response_types = {"token"}; },
       "oid4vci_metadata_malformed"},
      {"no response types", [](AuthorizationServerMetadata& m) { m.response_types.clear(); },
       "oid4vci_metadata_malformed"},
      {"PKCE plain only", [](AuthorizationServerMetadata& m) { m.code_challenge_methods = {"plain"}; },
       "oid4vci_metadata_malformed"},
      {"no DPoP", [](AuthorizationServerMetadata& m) { m.dpop_algorithms.clear(); }, "oid4vci_metadata_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    row.change(world.issuer.server);
    CHECK(code_of(play_code_flow(world)) == row.want);
    CHECK(world.issuer.requests.empty());
    CHECK(world.questions.empty());
  }
  World world;
  IssuanceFlow anonymous(world.initiated(), 10, {.keys = world.keys, .dpop_key = world.dpop_key, .rng = world.rng});
  CHECK(code_of(world.play(anonymous, {std::nullopt})) == "invalid_argument");
}

TEST_CASE("answers to a pushed request that are not what was asked for stop the flow") {
  struct Row {
    const char* why;
    void (*change)(HttpResponse&);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"redirected", [](HttpResponse& r) { r.status = 307; }, "http_redirect_refused"},
      {"200 with an error page", [](HttpResponse& r) { r.status = 200; }, "oid4vci_response_malformed"},
      {"not JSON", [](HttpResponse& r) { r.headers[0].value = "text/html"; }, "oid4vci_response_malformed"},
      {"no request_uri", [](HttpResponse& r) { r.body = R"({"expires_in":90})"; }, "oid4vci_response_malformed"},
      {"refused",
       [](HttpResponse& r) {
         r.status = 401;
         r.body = R"({"error":"invalid_client"})";
       },
       "oauth_invalid_client"},
      {"details refused",
       [](HttpResponse& r) {
         r.status = 400;
         r.body = R"({"error":"invalid_authorization_details"})";
       },
       "oauth_invalid_authorization_details"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    world.wire = [&](const HttpRequest& request) {
      HttpResponse response = world.issuer.handle(request);
      if (request.url.ends_with("/par")) row.change(response);
      return response;
    };
    CHECK(code_of(play_code_flow(world)) == row.want);
    CHECK(std::ranges::count(world.issuer.paths, "visit") == 0);
  }
}

TEST_CASE("a stolen code is worth nothing without the verifier and the key") {
  World world;
  SeededRng thief_rng(99);
  const crypto::P256PrivateKey thief = key_from(thief_rng);
  world.wire = [&](const HttpRequest& request) {
    if (request.url.ends_with("/token")) {
      HttpRequest stolen = request;
      const DpopRequest forged{.method = "POST", .url = request.url};
      stolen.headers.back().value = make_dpop_proof(forged, thief, world.clock.now(), thief_rng).value();
      CHECK(error_from_response(world.issuer.handle(stolen)).code == ErrorCode::oauth_invalid_grant);
    }
    return world.issuer.handle(request);
  };
  CHECK(code_of(play_code_flow(world)) == "oauth_invalid_grant");  // the thief's try used it up here
  CHECK(world.issuer.issued == 0);
}
