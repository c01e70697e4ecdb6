#include <doctest/doctest.h>

#include <csignal>
#include <future>
#include <thread>

#include "platform/http/client.h"
#include "tests/platform/http/peers.h"
#include "tests/platform/http/request_rows.h"

using namespace mibun;
using namespace mibun::http;
using std::chrono::hours;
using std::chrono::milliseconds;

// The server over TLS, judged by other people's programs: openssl and curl.
namespace {

struct TlsServer {
  explicit TlsServer(ServerOptions options = {}, Handler handler = echo) {
    options.tls = authority.issue_good();
    server = start_server(std::move(options), std::move(handler));
    root_file = folder.write("root.pem", authority.certificate.pem());
  }
  std::string connect() const {
    return "-connect 127.0.0.1:" + std::to_string(server->port()) + " -CAfile " + root_file;
  }
  std::string url(const std::string& path) const {
    return "https://localhost:" + std::to_string(server->port()) + path;
  }
  std::string curl() const { return "curl -sS -m 10 --cacert " + root_file + " "; }
  // What an openssl client hears after sending these bytes.
  ProgramResult say(const std::string& bytes, const std::string& more_options = "") const {
    const std::string file = folder.write("request", bytes);
    return run_program("openssl s_client -quiet -no_ign_eof -verify_return_error " + more_options + " " + connect() +
                       " < " + file);
  }

  Authority authority;
  TemporaryFolder folder;
  std::string root_file;
  std::unique_ptr<Server> server;
};

const std::string kClosing = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("openssl's client gets an answer over TLS 1.3 and none over TLS 1.2") {
  const TlsServer tls;
  const std::string file = tls.folder.write("request", kClosing);
  const auto modern = run_program("openssl s_client -ign_eof -verify_return_error " + tls.connect() + " < " + file);
  CHECK(modern.output.find("TLSv1.3") != std::string::npos);
  CHECK(modern.output.find("HTTP/1.1 200 OK") != std::string::npos);
  CHECK(modern.output.find("unexpected eof") == std::string::npos);  // the server said that nothing more comes
  const auto old = run_program("openssl s_client -tls1_2 -ign_eof " + tls.connect() + " < " + file);
  CHECK(old.exit_code != 0);
  CHECK(old.output.find("protocol version") != std::string::npos);
  CHECK(old.output.find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("a client that is gone before its answer does not end the process") {
  const auto handled_before = std::signal(SIGPIPE, SIG_DFL);
  std::promise<void> client_gone;
  const TlsServer tls({}, [&, gone = client_gone.get_future().share()](const ServerRequest& request) {
    gone.wait();
    return echo(request);
  });
  const auto impatient =
      run_program("curl -sS -m 0.3 --cacert " + tls.root_file + " -H 'Connection: close' " + tls.url("/late"));
  CHECK(impatient.exit_code == 28);  // timed out
  client_gone.set_value();
  CHECK(run_program(tls.curl() + tls.url("/alive")).output == "GET /alive ");
  tls.server->stop();  // until all was written
  std::signal(SIGPIPE, handled_before);
}

TEST_CASE("ALPN chooses http/1.1 and refuses a client that has only others") {
  const TlsServer tls;
  const std::string file = tls.folder.write("request", kClosing);
  const auto both = run_program("openssl s_client -ign_eof -alpn h2,http/1.1 " + tls.connect() + " < " + file);
  CHECK(both.output.find("ALPN protocol: http/1.1") != std::string::npos);
  const auto other = run_program("openssl s_client -ign_eof -alpn h2 " + tls.connect() + " < " + file);
  CHECK(other.output.find("no application protocol") != std::string::npos);
  CHECK(other.output.find("HTTP/1.1") == std::string::npos);
}

TEST_CASE("a session ticket is taken again") {
  const TlsServer tls;
  const std::string file = tls.folder.write("request", kClosing);
  const std::string session = tls.folder.path("session");
  const auto first = run_program("openssl s_client -ign_eof -sess_out " + session + " " + tls.connect() + " < " + file);
  CHECK(first.output.find("New, TLSv1.3") != std::string::npos);
  const auto second = run_program("openssl s_client -ign_eof -sess_in " + session + " " + tls.connect() + " < " + file);
  CHECK(second.output.find("Reused, TLSv1.3") != std::string::npos);
  CHECK(second.output.find("HTTP/1.1 200 OK") != std::string::npos);
}

TEST_CASE("curl gets answers, sends a large body, and not with TLS 1.2") {
  const TlsServer tls;
  const auto simple = run_program(tls.curl() + tls.url("/a?b=c"));
  CHECK(simple.exit_code == 0);
  CHECK(simple.output == "GET /a?b=c ");
  const auto head = run_program(tls.curl() + "-I " + tls.url("/a"));
  CHECK(head.output.starts_with("HTTP/1.1 200 OK"));
  const std::string file = tls.folder.write("body", std::string(900'000, 'x'));
  const auto upload = run_program(tls.curl() + "-H 'Expect: 100-continue' -T " + file +
                                  " -o /dev/null -w '%{http_code} %{size_download}' " + tls.url("/u"));
  CHECK(upload.output == "200 900007");
  const auto chunked = run_program(tls.curl() + "-H 'Transfer-Encoding: chunked' --data-binary @" + file +
                                   " -o /dev/null -w '%{http_code} %{size_download}' " + tls.url("/u"));
  CHECK(chunked.output == "200 900008");
  const std::string large = tls.folder.write("large", std::string(3'000'000, 'x'));
  const auto refused = run_program(tls.curl() + "-H 'Expect:' --data-binary @" + large +
                                   " -o /dev/null -w '%{http_code}' " + tls.url("/u"));
  CHECK(refused.output.starts_with("413"));
  const auto old = run_program(tls.curl() + "--tls-max 1.2 " + tls.url("/"));
  CHECK(old.exit_code == 35);
}

TEST_CASE("plain HTTP on the TLS port gets no 2xx") {
  const TlsServer tls;
  RawPeer peer(tls.server->port());
  peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = peer.receive_until_closed();
  REQUIRE(answer.has_value());
  CHECK(status_of(*answer) == 400);
  RawPeer noise(tls.server->port());
  noise.send(std::string(100, '\x80'));
  const auto silence = noise.receive_until_closed();
  REQUIRE(silence.has_value());
  CHECK(status_of(*silence) == 0);
}

TEST_CASE("requests over TLS are judged as strictly") {
  const TlsServer tls;
  struct Row {
    std::string_view bytes, answer;
  };
  static constexpr Row rows[] = {
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "HTTP/1.1 400"},
      {"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 400"},
      {"GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"},
      {"GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "HTTP/1.1 400"},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 501"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", "HTTP/1.1 413"},
  };
  for (const Row& row : rows) {
    INFO(row.bytes);
    const auto heard = tls.say(std::string(row.bytes), "-ign_eof");
    CHECK(heard.output.find(row.answer) != std::string::npos);
    CHECK(count_of(heard.output, "HTTP/1.1 ") == 1);
  }
}

TEST_CASE("a handshake that never ends is given up") {
  ServerOptions options;
  options.header_timeout = milliseconds(200);
  const TlsServer tls(std::move(options));
  RawPeer peer(tls.server->port());
  peer.send("\x16\x03\x01");
  const auto start = std::chrono::steady_clock::now();
  CHECK(peer.receive_until_closed().has_value());
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(1500));
}

TEST_CASE("an identity that is not one is refused when binding") {
  const Authority authority;
  const TlsIdentity good = authority.issue_good();
  const TlsIdentity other = authority.issue_good();
  TemporaryFolder folder;
  const std::string key_file = folder.path("p384.key");
  const std::string certificate_file = folder.path("p384.pem");
  REQUIRE(run_program("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -subj /CN=a -keyout " +
                      key_file + " -out " + certificate_file)
              .exit_code == 0);
  const TlsIdentity p384{run_program("cat " + certificate_file).output, run_program("cat " + key_file).output};
  const std::string locked = run_program("openssl pkey -in " + key_file + " -aes256 -passout pass:x").output;
  struct Row {
    std::string why;
    TlsIdentity identity;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", {}, ErrorCode::certificate_malformed},
      {"no certificate", {"hello", good.private_key_pem}, ErrorCode::certificate_malformed},
      {"no key", {good.certificate_chain_pem, "hello"}, ErrorCode::private_key_malformed},
      {"a certificate for a key",
       {good.certificate_chain_pem, good.certificate_chain_pem},
       ErrorCode::private_key_malformed},
      {"a locked key", {good.certificate_chain_pem, locked}, ErrorCode::private_key_malformed},
      {"another curve", p384, ErrorCode::private_key_rejected},
      {"another's key", {good.certificate_chain_pem, other.private_key_pem}, ErrorCode::private_key_rejected},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    ServerOptions options;
    options.tls = row.identity;
    const auto server = Server::bind(std::move(options), echo);
    REQUIRE(!server.has_value());
    CHECK(server.error().code == row.want);
  }
}
