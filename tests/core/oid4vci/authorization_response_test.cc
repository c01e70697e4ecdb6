#include "core/oid4vci/authorization_response.h"

#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr RedirectPolicy kPolicy{
    .redirect_uri = "https://wallet.example/cb", .state = "s1", .issuer = "https://issuer.example"};
const AuthorizationAnswer kAnswer{.issuer = "https://issuer.example", .state = "s1"};

}  // namespace

TEST_CASE("a code comes back with state and iss") {
  const std::string url = kAnswer.with_code(kPolicy.redirect_uri, "c 1");
  CHECK(url == "https://wallet.example/cb?code=c+1&state=s1&iss=https%3A%2F%2Fissuer.example");
  CHECK(read_redirect(url, kPolicy).value() == "c 1");
  CHECK(read_redirect(url + "#_=_", kPolicy).value() == "c 1");
  CHECK(read_redirect(url + "&session_state=7391", kPolicy).value() == "c 1");  // RFC 6749, section 4.1.2

  RedirectPolicy with_query = kPolicy;
  with_query.redirect_uri = "jp.example.wallet:/cb?flow=1";
  CHECK(read_redirect(kAnswer.with_code(with_query.redirect_uri, "c"), with_query).value() == "c");
  CHECK(AuthorizationAnswer{.issuer = "https://issuer.example", .state = {}}.with_code("w:/cb", "c") ==
        "w:/cb?code=c&iss=https%3A%2F%2Fissuer.example");
}

TEST_CASE("a refusal comes back with its code, but only from the server that was asked") {
  const std::string url = kAnswer.with_error(kPolicy.redirect_uri, ErrorCode::oauth_access_denied);
  CHECK(url == "https://wallet.example/cb?error=access_denied&state=s1&iss=https%3A%2F%2Fissuer.example");
  CHECK(code_of(read_redirect(url, kPolicy)) == "oauth_access_denied");
  CHECK(code_of(read_redirect("https://wallet.example/cb?error=access_denied", kPolicy)) == "oauth_state_mismatch");
  CHECK(code_of(read_redirect("https://wallet.example/cb?error=tea&state=s1&iss=https://issuer.example", kPolicy)) ==
        "oid4vci_response_malformed");
}

TEST_CASE("redirects that are no answer to this request are refused") {
  struct Row {
    const char* why;
    const char* url;
    const char* want;
  };
  static constexpr Row rows[] = {
      {"another address", "https://other.example/cb?code=c&state=s1&iss=https://issuer.example",
       "oauth_invalid_request"},
      {"an address that only begins alike", "https://wallet.example/cbx?code=c&state=s1&iss=https://issuer.example",
       "oauth_invalid_request"},
      {"no parameters", "https://wallet.example/cb", "oauth_invalid_request"},
      {"in the fragment", "https://wallet.example/cb#code=c&state=s1&iss=https://issuer.example",
       "oauth_invalid_request"},
      {"code twice", "https://wallet.example/cb?code=c&code=d&state=s1&iss=https://issuer.example",
       "oauth_invalid_request"},
      {"no state", "https://wallet.example/cb?code=c&iss=https://issuer.example", "oauth_state_mismatch"},
      {"another exchange's state", "https://wallet.example/cb?code=c&state=s2&iss=https://issuer.example",
       "oauth_state_mismatch"},
      {"no iss", "https://wallet.example/cb?code=c&state=s1", "oauth_issuer_mismatch"},
      {"another server's iss", "https://wallet.example/cb?code=c&state=s1&iss=https://evil.example",
       "oauth_issuer_mismatch"},
      {"iss with a slash more", "https://wallet.example/cb?code=c&state=s1&iss=https://issuer.example/",
       "oauth_issuer_mismatch"},
      {"neither code nor error", "https://wallet.example/cb?state=s1&iss=https://issuer.example",
       "oid4vci_response_malformed"},
      {"an empty code", "https://wallet.example/cb?code=&state=s1&iss=https://issuer.example",
       "oid4vci_response_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(read_redirect(row.url, kPolicy)) == row.want);
  }
  const std::string long_code = "https://wallet.example/cb?state=s1&iss=https://issuer.example&code=";
  CHECK(code_of(read_redirect(long_code + std::string(513, 'c'), kPolicy)) == "oid4vci_response_malformed");
  CHECK(code_of(read_redirect(long_code + std::string(5000, 'c'), kPolicy)) == "oauth_invalid_request");
}
