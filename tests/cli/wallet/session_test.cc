#include "cli/wallet/session.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"

// The wallet's network, as each command opens it.
using namespace mibun;

TEST_CASE("A25: an address that the person allows is allowed for that command, and not for the next one") {
  const cli::Terminal terminal(cli::Language::english);
  const cli::Registered registered{.server = "https://server.example", .ca_pem = {}};
  HttpRequest request;
  request.url = "https://127.0.0.1:1/offer";  // in the own network; nobody listens there
  const auto send = [&](const std::vector<std::string>& allowed) {
    auto http = must(cli::WalletHttp::open(registered, allowed, terminal));
    return code_of(http.send(request));
  };
  CHECK(send({}) == ErrorCode::http_url_not_allowed);
  CHECK(send({"https://127.0.0.1:1"}) == ErrorCode::http_connect_failed);
  CHECK(send({}) == ErrorCode::http_url_not_allowed);
  CHECK(send({"https://127.0.0.1:2"}) == ErrorCode::http_url_not_allowed);
}
