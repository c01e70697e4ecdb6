// What the conformance suite's FAPI 2 client modules, which belong to its plans for wallets, want to see of ours: each
// under the module's own name.
#include "core/codecs/url.h"
#include "tests/core/oid4vci/world.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr const char* kTokenEndpoint = "POST /tenant/token";

// The issuer's answers at `path`, changed.
void change_answers(World& world, std::string path, std::function<void(HttpResponse&)> change) {
  world.wire = [&world, path = std::move(path), change = std::move(change)](const HttpRequest& request) {
    HttpResponse response = world.issuer.handle(request);
    if (HttpsUrl::parse(request.url).value().path() == path) change(response);
    return response;
  };
}

void change_member(HttpResponse& response, const std::function<void(json::Object&)>& change) {
  json::Object object = parsed(response.body);
  change(object);
  response.body = json::serialize(object);
}

// The redirect with `parameter` as it shall be; none: without it.
std::string with_parameter(const std::string& url, const std::string& parameter, std::optional<std::string> value) {
  const std::size_t begin = url.find(parameter + "=");
  REQUIRE((begin != std::string::npos && (url[begin - 1] == '?' || url[begin - 1] == '&')));
  const std::size_t end = std::min(url.find('&', begin), url.size());
  std::string changed = url;
  if (value) return changed.replace(begin, end - begin, form::encode({{parameter, *value}}));
  return changed.erase(begin - 1, end - begin + 1);  // never the first: that is the code
}

// The flow with a redirect that was changed: how it ends, and that nothing was sent after it.
std::string ends_after_redirect(const std::string& parameter, const std::optional<std::string>& value) {
  World world;
  world.browser = [&](const std::string& url) { return with_parameter(world.issuer.visit(url), parameter, value); };
  const std::string ended = code_of(play_code_flow(world));
  CHECK(world.issuer.paths.back() == "visit");
  CHECK(world.issuer.issued == 0);
  return ended;
}

}  // namespace

TEST_CASE("fapi2-security-profile-final-client-test-happy-path: a code, a token bound to the key, a credential") {
  World world;
  world.issuer.dpop_nonces = true;
  REQUIRE(play_code_flow(world).has_value());
  // Each endpoint refuses once, with the nonce that is wanted, and is asked again.
  for (const char* endpoint : {"POST /tenant/par", "POST /tenant/credential"}) {
    CHECK(std::ranges::count(world.issuer.paths, endpoint) == 2);
  }
  REQUIRE(world.issuer.requests.size() == 1);
  CHECK(world.issuer.requests[0].dpop_jkt == jose::Jwk(world.dpop_key.public_key()).thumbprint());
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce: no nonce is wanted, and none is waited for") {
  World world;
  REQUIRE(play_code_flow(world).has_value());
  for (const char* endpoint : {"POST /tenant/par", kTokenEndpoint, "POST /tenant/credential"}) {
    CHECK(std::ranges::count(world.issuer.paths, endpoint) == 1);
  }
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-rs-dpop-auth-scheme-case-insensitivity: a nonce is wanted in any "
    "letters") {
  for (const char* scheme : {"dpop", "DPOP", "dPoP"}) {
    INFO(scheme);
    World world;
    world.issuer.dpop_nonces = true;
    int refused = 0;
    change_answers(world, "/tenant/credential", [&](HttpResponse& response) {
      for (HttpHeader& header : response.headers) {
        if (header.name != "WWW-Authenticate") continue;
        REQUIRE(header.value.starts_with("DPoP "));
        header.value.replace(0, 4, scheme);
        ++refused;
      }
    });
    CHECK(play_code_flow(world).has_value());
    CHECK(refused == 1);
  }
}

TEST_CASE("fapi2-security-profile-final-client-test-token-type-case-insensitivity: a token's type in any letters") {
  for (const char* type : {"dpop", "DPOP", "dPoP"}) {
    INFO(type);
    World world;
    change_answers(world, "/tenant/token", [&](HttpResponse& response) {
      change_member(response, [&](json::Object& token) {
        REQUIRE(token.at("token_type") == "DPoP");
        token["token_type"] = type;
      });
    });
    CHECK(play_code_flow(world).has_value());
  }
  // Of no other type, whatever its letters: a token that is bound to nothing.
  World world;
  change_answers(world, "/tenant/token", [](HttpResponse& response) {
    change_member(response, [](json::Object& token) { token["token_type"] = "Bearer"; });
  });
  CHECK(!play_code_flow(world).has_value());
  CHECK(world.issuer.paths.back() == kTokenEndpoint);
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in: a token without an end") {
  World world;
  bool left_out = false;
  change_answers(world, "/tenant/token", [&](HttpResponse& response) {
    change_member(response, [&](json::Object& token) { left_out = token.erase("expires_in") == 1; });
  });
  CHECK(play_code_flow(world).has_value());
  CHECK(left_out);
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-discovery-issuer-mismatch: metadata of another server are not followed") {
  for (const char* other : {"https://other.example/tenant", "https://issuer.example/tenant/", "https://issuer.example",
                            "https://issuer.example/Tenant"}) {
    INFO(other);
    World world;
    change_answers(world, "/.well-known/oauth-authorization-server/tenant", [&](HttpResponse& response) {
      change_member(response, [&](json::Object& metadata) { metadata["issuer"] = other; });
    });
    CHECK(!play_code_flow(world).has_value());
    CHECK(world.issuer.requests.empty());
    CHECK(world.issuer.paths.back() == "GET /.well-known/oauth-authorization-server/tenant");
    CHECK(world.questions.empty());
  }
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-invalid-authorization-response-iss: another iss, and no token request") {
  CHECK(ends_after_redirect("iss", "https://issuer.example/other") == "oauth_issuer_mismatch");
  CHECK(ends_after_redirect("iss", "https://evil.example/tenant") == "oauth_issuer_mismatch");
  CHECK(ends_after_redirect("iss", "") == "oauth_issuer_mismatch");
}

TEST_CASE("fapi2-security-profile-final-client-test-remove-authorization-response-iss: no iss, and no token request") {
  CHECK(ends_after_redirect("iss", std::nullopt) == "oauth_issuer_mismatch");
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails: another state, "
    "and "
    "no token request") {
  CHECK(ends_after_redirect("state", "another") == "oauth_state_mismatch");
  CHECK(ends_after_redirect("state", "") == "oauth_state_mismatch");
}

TEST_CASE(
    "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails: no "
    "state, "
    "and no token request") {
  CHECK(ends_after_redirect("state", std::nullopt) == "oauth_state_mismatch");
}
