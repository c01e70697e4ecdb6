#include "platform/http/client.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/platform/http/peers.h"

using namespace mibun;
using namespace mibun::http;
using namespace std::string_literals;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

struct TlsPair {
  explicit TlsPair(Handler handler = echo) : TlsPair(Authority(), std::move(handler)) {}
  TlsPair(const Authority& authority, Handler handler) : trust(authority.certificate.pem()) {
    ServerOptions options;
    options.tls = authority.issue_good();
    server = start_server(std::move(options), std::move(handler));
  }
  std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(server->port()) + path;
  }

  // A client that may reach this server, and trusts it.
  ClientOptions client() const { return {.destinations = loopback({server->port()}), .trust_pem = trust}; }

  std::string trust;
  std::unique_ptr<Server> server;
};

ErrorCode failure(const Result<HttpResponse>& result) {
  REQUIRE(!result.has_value());
  return result.error().code;
}

}  // namespace

TEST_CASE("a request and its answer, unchanged") {
  const TlsPair tls([](const ServerRequest& request) {
    ServerResponse response;
    response.status = 201;
    response.content_type = "application/octet-stream";
    response.headers = {{"X-Seen", std::string(request.header("x-sent").value_or("nothing"))},
                        {"X-Count", std::to_string(request.headers.size())},
                        {"X-Empty", std::to_string(request.header_count("x-nothing"))}};
    response.body = std::string(request.method) + std::string(request.target) + std::string(request.body);
    return response;
  });
  Client client(tls.client());
  const std::string body = "a\0b\r\n"s + std::string(100'000, 'z');
  const auto answer = client.send({"PUT", tls.url("/a/%2Fb?c=d"), {{"X-Sent", "one"}, {"X-Nothing", ""}}, body});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 201);
  CHECK(answer->header("x-seen") == "one");
  CHECK(answer->header("x-empty") == "1");
  CHECK(answer->header("Content-Type") == "application/octet-stream");
  CHECK(answer->header("X-Count") ==
        "5");  // Host, Accept, X-Sent, X-Nothing, Content-Length: nothing of curl's own taste
  CHECK(answer->body == "PUT/a/%2Fb?c=d" + body);
}

TEST_CASE("each method arrives, and nothing of an earlier request stays") {
  const TlsPair tls;
  Client client(tls.client());
  for (const std::string method : {"POST", "GET", "DELETE", "PATCH", "OPTIONS", "PUT", "GET"}) {
    const std::string body = method == "POST" || method == "PATCH" ? "body" : "";
    const auto answer = client.send({method, tls.url("/m"), {}, body});
    REQUIRE(answer.has_value());
    CHECK(answer->body == method + " /m " + body);
  }
  const auto head = client.send({"HEAD", tls.url("/m"), {}, ""});
  REQUIRE(head.has_value());
  CHECK(head->status == 200);
  CHECK(head->body.empty());
}

TEST_CASE("a thousand requests keep one connection") {
  const TlsPair tls;
  Client client(tls.client());
  for (int i = 0; i < 1000; ++i) {
    const auto answer = client.send({"GET", tls.url("/" + std::to_string(i)), {}, ""});
    REQUIRE(answer.has_value());
    REQUIRE(answer->body == "GET /" + std::to_string(i) + " ");
  }
}

TEST_CASE("parallel clients over TLS get their own answers") {
  const TlsPair tls;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Client client(tls.client());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t) + "/" + std::to_string(i);
        const auto answer = client.send({"POST", tls.url("/p"), {}, body});
        if (!answer || answer->body != "POST /p " + body) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("A24: a server that is not who it should be is not spoken to") {
  const Authority ours;
  const Authority theirs;
  TemporaryFolder folder;
  const std::string key = folder.path("key.pem");
  const std::string certificate = folder.path("certificate.pem");
  REQUIRE(run_program("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
                      " -addext subjectAltName=IP:127.0.0.1 -keyout " +
                      key + " -out " + certificate)
              .exit_code == 0);
  const TlsIdentity self_signed{run_program("cat " + certificate).output, run_program("cat " + key).output};
  struct Row {
    std::string why;
    TlsIdentity identity;
    bool good;
  };
  const Row rows[] = {
      {"as it should be", ours.issue_good(), true},
      {"of another root", theirs.issue_good(), false},
      {"self-signed", self_signed, false},
      {"expired", ours.issue({"localhost"}, hours(-48), hours(-24)), false},
      {"not yet valid", ours.issue({"localhost"}, hours(24), hours(48)), false},
      {"for another name", ours.issue({"example.org"}, hours(-1), hours(1), false), false},
      {"with the address as common name only", ours.issue({}, hours(-1), hours(1), false), false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    std::atomic<int> calls{0};
    ServerOptions options;
    options.threads = 1;
    options.tls = row.identity;
    const auto server = start_server(std::move(options), [&calls](const ServerRequest& request) {
      ++calls;
      return echo(request);
    });
    Client client({.destinations = loopback({server->port()}), .trust_pem = ours.certificate.pem()});
    const auto answer = client.send({"GET", "https://127.0.0.1:" + std::to_string(server->port()) + "/", {}, ""});
    CHECK(answer.has_value() == row.good);
    if (!answer) CHECK(answer.error().code == ErrorCode::http_tls_failed);
    CHECK(calls == (row.good ? 1 : 0));
  }
}

TEST_CASE("no trust given means the system's, which does not know us; broken trust trusts nobody") {
  const TlsPair tls;
  Client system({.destinations = loopback({tls.server->port()})});
  CHECK(failure(system.send({"GET", tls.url("/"), {}, ""})) == ErrorCode::http_tls_failed);
  Client broken({.destinations = loopback({tls.server->port()}), .trust_pem = "no certificate"});
  CHECK(failure(broken.send({"GET", tls.url("/"), {}, ""})) == ErrorCode::http_tls_failed);
}

TEST_CASE("only https is spoken") {
  Client client({});
  CHECK(failure(client.send({"GET", "http://127.0.0.1/", {}, ""})) == ErrorCode::url_not_https);
  CHECK(failure(client.send({"GET", "file:///etc/passwd", {}, ""})) == ErrorCode::url_not_https);
  CHECK(failure(client.send({"GET", "https://", {}, ""})) == ErrorCode::url_malformed);
  const auto plain = start_server({});
  Client near({.destinations = loopback({plain->port()})});
  const std::string url = "https://127.0.0.1:" + std::to_string(plain->port()) + "/";
  CHECK(failure(near.send({"GET", url, {}, ""})) == ErrorCode::http_tls_failed);
}

TEST_CASE("a request that would break apart is not sent") {
  Client client({});
  const std::string url = "https://127.0.0.1:1/";
  CHECK(failure(client.send({"GET X", url, {}, ""})) == ErrorCode::invalid_argument);
  CHECK(failure(client.send({"", url, {}, ""})) == ErrorCode::invalid_argument);
  CHECK(failure(client.send({"GET", url, {{"X", "y\r\nZ: z"}}, ""})) == ErrorCode::invalid_argument);
  CHECK(failure(client.send({"GET", url, {{"X: y\r\nZ", "z"}}, ""})) == ErrorCode::invalid_argument);
  CHECK(failure(client.send({"GET", url, {{"X", "a"s + '\0'}}, ""})) == ErrorCode::invalid_argument);
}

TEST_CASE("a redirect comes back as it is") {
  std::atomic<int> calls{0};
  const TlsPair tls([&calls](const ServerRequest&) {
    ++calls;
    ServerResponse response;
    response.status = 302;
    response.headers = {{"Location", "/elsewhere"}, {"Set-Cookie", "a=b"}};
    return response;
  });
  Client client(tls.client());
  const auto answer = client.send({"GET", tls.url("/"), {}, ""});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 302);
  CHECK(answer->header("Location") == "/elsewhere");
  CHECK(calls == 1);
}

TEST_CASE("cookies are not kept") {
  const TlsPair tls([](const ServerRequest& request) {
    ServerResponse response;
    response.headers = {{"Set-Cookie", "a=b"}};
    response.body = request.header_count("Cookie") == 0 ? "none" : "some";
    return response;
  });
  Client client(tls.client());
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.send({"GET", tls.url("/"), {}, ""});
    REQUIRE(answer.has_value());
    CHECK(answer->body == "none");
  }
}

TEST_CASE("an answer over the limit is given up, one at the limit is not") {
  const TlsPair tls([](const ServerRequest& request) {
    ServerResponse response;
    response.body = std::string(std::stoul(std::string(request.path.substr(1))), 'x');
    if (request.path == "/1") response.headers = {{"X", std::string(70'000, 'y')}};
    return response;
  });
  ClientOptions options = tls.client();
  options.response_bytes_max = 50'000;
  Client client(std::move(options));
  CHECK(client.send({"GET", tls.url("/50000"), {}, ""}).has_value());
  CHECK(failure(client.send({"GET", tls.url("/50001"), {}, ""})) == ErrorCode::http_response_too_large);
  CHECK(failure(client.send({"GET", tls.url("/1"), {}, ""})) == ErrorCode::http_response_too_large);
  CHECK(client.send({"GET", tls.url("/10"), {}, ""}).has_value());
}

TEST_CASE("silence and closed doors have their codes") {
  const TlsPair tls([](const ServerRequest& request) {
    std::this_thread::sleep_for(milliseconds(600));
    return echo(request);
  });
  ClientOptions options = tls.client();
  options.timeout = milliseconds(200);
  Client client(std::move(options));
  CHECK(failure(client.send({"GET", tls.url("/"), {}, ""})) == ErrorCode::http_timeout);
  std::uint16_t free_port = 0;
  {
    const auto gone = start_server({});
    free_port = gone->port();
  }
  Client to_nobody({.destinations = loopback({free_port})});
  const std::string url = "https://127.0.0.1:" + std::to_string(free_port) + "/";
  CHECK(failure(to_nobody.send({"GET", url, {}, ""})) == ErrorCode::http_connect_failed);
}

TEST_CASE("proxies of the environment are not asked") {
  const TlsPair tls;
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    setenv(name, "http://127.0.0.1:1", 1);
  Client client(tls.client());
  CHECK(client.send({"GET", tls.url("/"), {}, ""}).has_value());
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) unsetenv(name);
}
