// A19: how the list of those whom an authority switched off is had, over the network. The list is the openssl
// program's.
#include <doctest/doctest.h>

#include "server/trust/issuer_crls.h"
#include "tests/platform/http/peers.h"
#include "tests/support/openssl_authority.h"

namespace mibun::server {
namespace {

using namespace std::chrono_literals;

struct ListServer {
  ListServer() {
    http::ServerOptions options;
    options.tls = authority.issue_good();
    server = start_server(std::move(options), [this](const http::ServerRequest& request) {
      http::ServerResponse response;
      response.content_type = "application/pkix-crl";
      if (request.method != "GET" || request.header("accept") != "application/pkix-crl") response.status = 406;
      if (request.target == "/none.crl") response.status = 404;
      if (request.target == "/moved.crl") {
        response.status = 302;
        response.headers = {{"Location", url("/iaca.crl")}};
      }
      response.body = std::string(as_text(list));
      if (request.target == "/endless.crl") response.body.resize(crypto::kCrlBytesMax + 1);
      return response;
    });
  }
  std::string origin() const { return "https://localhost:" + std::to_string(server->port()); }
  std::string url(const std::string& path) const { return origin() + path; }

  TestAuthority iaca{"IACA"};
  Bytes list = OpensslAuthority(iaca.root, iaca.key).list(kTestNow, kTestNow + 24h);
  Authority authority;  // of its TLS certificate
  std::unique_ptr<http::Server> server;
};

std::string_view outcome(const Result<Bytes>& got) {
  return got ? "fetched" : to_string(got.error().code);
}

}  // namespace

TEST_CASE("A19: a list comes over TLS from where the operator said, whole and unchanged, and from nowhere else") {
  const ListServer server;
  const std::string& roots = server.authority.certificate.pem();
  const CrlFetcher fetch = fetch_crls(must(http::Destinations::these_and_public({server.origin()})), roots);
  CHECK(must(fetch(server.url("/iaca.crl"))) == server.list);
  CHECK(outcome(fetch(server.url("/none.crl"))) == "http_status_unexpected");
  CHECK(outcome(fetch(server.url("/moved.crl"))) == "http_status_unexpected");  // a redirect is not followed
  CHECK(outcome(fetch(server.url("/endless.crl"))) == "http_response_too_large");
  CHECK(outcome(fetch("http://localhost/iaca.crl")) == "url_not_https");
  const CrlFetcher fetch_public = fetch_crls(must(http::Destinations::these_and_public({})), roots);
  CHECK(outcome(fetch_public(server.url("/iaca.crl"))) == "http_url_not_allowed");
  const CrlFetcher of_this_machine = fetch_crls(must(http::Destinations::these_and_public({server.origin()})));
  CHECK(outcome(of_this_machine(server.url("/iaca.crl"))) == "http_tls_failed");
}

}  // namespace mibun::server
