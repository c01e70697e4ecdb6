#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

#include "cli/serve/serve.h"
#include "cli/world/world.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "platform/files/files.h"
#include "server/proofing/emrtd_verifier.h"
#include "tests/cli/loopback/listening.h"
#include "tests/cli/proximity/running.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The demonstration's listeners on loopback as a browser meets them: the real program, bare sockets, and the kernel's
// word on what is open. What they answer to whom is tried in full in tests/server/loopback.
namespace {

using namespace mibun;

// Four ports that were free a moment ago: the server's, the wallet's, the shop's, the office's.
std::vector<std::string> free_ports() {
  std::vector<int> sockets;
  std::vector<std::string> ports;
  for (int i = 0; i < 4; ++i) {
    sockets.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(sockets.back(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(sockets.back(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ports.push_back(std::to_string(ntohs(address.sin_port)));
  }
  for (const int one : sockets) ::close(one);
  return ports;
}

// Sends the text and returns all that comes back until the other side closes.
std::string talk_to(const std::string& port, const std::string& request) {
  const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(peer, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    while (process_detail::drain(peer, answer)) {
    }
  }
  ::close(peer);
  return answer;
}

std::string get(const std::string& port, const std::string& host, const std::string& target) {
  return talk_to(port, "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
}
std::string post(const std::string& port, const std::string& host, const std::string& target, const std::string& body) {
  return talk_to(port, "POST " + target + " HTTP/1.1\r\nHost: " + host +
                           "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body);
}
std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}
std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

class Server {
 public:
  explicit Server(std::vector<std::string> arguments) : running_(with_program(std::move(arguments))) {
    running_.wait_for("ready: ");
  }
  std::set<std::string> addresses() const { return listening::addresses_of(running_.pid()); }

 private:
  static std::vector<std::string> with_program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en", "serve"});
    return arguments;
  }
  Running running_;
};

}  // namespace

TEST_CASE("a server that is no demonstration listens at its one port, whatever its folder was before") {
  const TempDir directory;
  const auto world = must(cli::open_demo_world(directory.file("state"), SystemClock().now()));
  const auto ports = free_ports();
  const Server server({"--data", world.server_directory, "--config", world.server_config, "--port", ports[0]});
  CHECK(server.addresses() == std::set<std::string>{"127.0.0.1:" + ports[0]});
  const int port = std::stoi(ports[0]);
  CHECK(get(std::to_string(port + 37), "localhost:" + std::to_string(port + 37), "/").empty());
}

TEST_CASE("no option and no configuration opens a loopback listener without --demo") {
  const TempDir directory;
  const auto ports = free_ports();
  const std::vector<std::string> serve{MIBUN_PROGRAM,          "--lang", "en",    "serve", "--data",
                                       directory.file("data"), "--port", ports[0]};
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--wallet-port", ports[1]}, std::vector<std::string>{"--shop-port", ports[2]},
        std::vector<std::string>{"--office-port", ports[3]},
        std::vector<std::string>{"--demo", "--wallet-port", ports[1]}}) {  // --demo and --data exclude each other
    INFO(more[0]);
    std::vector<std::string> arguments = serve;
    arguments.insert(arguments.end(), more.begin(), more.end());
    CHECK(run_process(arguments).exit_code == 2);
  }
  for (const char* member : {"wallet_port", "shop_port", "office_port", "office", "loopback", "demo", "demonstration",
                             "demo_verifier", "webauthn_origins", "wallet_origin"}) {
    INFO(member);
    const std::string config = directory.file(std::string(member) + ".json");
    std::ofstream(config) << "{\"" << member << "\":8480}";
    std::vector<std::string> arguments = serve;
    arguments.insert(arguments.end(), {"--config", config});
    const ProcessResult refused = run_process(arguments);
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("json_unknown_member") != std::string::npos);
  }
}

TEST_CASE("the demonstration: four ports on 127.0.0.1, each answering to its own Host") {
  const TempDir directory;
  const auto ports = free_ports();
  const Server server({"--demo", "--state", directory.file("state"), "--port", ports[0], "--wallet-port", ports[1],
                       "--shop-port", ports[2], "--office-port", ports[3]});
  CHECK(server.addresses() == std::set<std::string>{"127.0.0.1:" + ports[0], "127.0.0.1:" + ports[1],
                                                    "127.0.0.1:" + ports[2], "127.0.0.1:" + ports[3]});

  const std::string wallet = "localhost:" + ports[1], shop = "shop.localhost:" + ports[2],
                    office = "office.localhost:" + ports[3];
  const std::string settings = get(ports[1], wallet, "/wallet.json");
  CHECK(status_of(settings) == "HTTP/1.1 200 OK");
  CHECK(body_of(settings) == R"({"server":"https://localhost:)" + ports[0] + R"(","demo":true})");
  CHECK(status_of(get(ports[1], wallet, "/.well-known/openid-credential-issuer")) == "HTTP/1.1 200 OK");
  CHECK(status_of(get(ports[2], shop, "/demo/verifier")) == "HTTP/1.1 200 OK");
  CHECK(status_of(get(ports[2], shop, "/wallet.json")) == "HTTP/1.1 404 Not Found");

  CHECK(status_of(get(ports[3], office, "/")) == "HTTP/1.1 200 OK");
  CHECK(status_of(get(ports[3], office, "/demo/verifier")) == "HTTP/1.1 404 Not Found");

  // The names that a rebinding page, another port's page or a direct address would bring.
  for (const std::string& host : {std::string("evil.example"), "evil.example:" + ports[1], "127.0.0.1:" + ports[1],
                                  "localhost:" + ports[2], std::string("localhost"), shop}) {
    INFO(host);
    CHECK(status_of(get(ports[1], host, "/wallet.json")) == "HTTP/1.1 421 Misdirected Request");
  }
  CHECK(status_of(get(ports[2], wallet, "/demo/verifier")) == "HTTP/1.1 421 Misdirected Request");
  for (const std::string& host : {wallet, shop, "127.0.0.1:" + ports[3], std::string("office.localhost")}) {
    INFO(host);
    CHECK(status_of(get(ports[3], host, "/")) == "HTTP/1.1 421 Misdirected Request");
  }
  // In absolute form the target names the host: it may not say another one than Host.
  CHECK(status_of(get(ports[1], wallet, "http://evil.example/wallet.json")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_of(get(ports[1], "evil.example", "http://" + wallet + "/wallet.json")) == "HTTP/1.1 400 Bad Request");
}

TEST_CASE(
    "the demonstration's passport is one that the server takes: its files, and its chip's answer to a challenge") {
  const TempDir directory;
  const auto ports = free_ports();
  const Server running({"--demo", "--state", directory.file("state"), "--port", ports[0], "--wallet-port", ports[1],
                        "--shop-port", ports[2], "--office-port", ports[3]});
  const std::string wallet = "localhost:" + ports[1];
  const std::string csca(as_text(must(files::read_file(directory.file("state/demo/csca.pem"), 64 * 1024))));
  const auto verifier = must(server::EmrtdVerifier::make({csca}));
  server::Evidence evidence{{}, {}, Bytes(32, 7), base64url::encode(Bytes(32, 9))};
  const std::string challenge =
      base64url::encode(verifier.challenge(evidence.server_nonce, evidence.wallet_key_thumbprint));

  const std::string answer = post(ports[1], wallet, "/demo/passport", R"({"challenge":")" + challenge + "\"}");
  REQUIRE(status_of(answer) == "HTTP/1.1 200 OK");
  const json::Object body = must(json::parse_object(body_of(answer), {.bytes_max = 1024 * 1024}));
  CHECK(body.at("simulated").as_bool());
  for (const auto& file : body.at("files").as_object()) {
    evidence.files[std::string(file.key())] = must(base64url::decode(std::string_view(file.value().as_string())));
  }
  evidence.active_authentication_signature =
      must(base64url::decode(std::string_view(body.at("signature").as_string())));
  CHECK(evidence.files.size() == 6);
  CHECK(must(verifier.verify(evidence, SystemClock().now())).genuine());
  evidence.server_nonce = Bytes(32, 8);  // and it answered this challenge, no other
  CHECK_FALSE(must(verifier.verify(evidence, SystemClock().now())).genuine());
}

TEST_CASE("a taken loopback port is said by its own option's name") {
  const TempDir directory;
  const auto ports = free_ports();
  const Server first({"--demo", "--state", directory.file("one"), "--port", ports[0], "--wallet-port", ports[1],
                      "--shop-port", ports[2], "--office-port", ports[3]});
  const auto other = free_ports();
  const ProcessResult second =
      run_process({MIBUN_PROGRAM, "--lang", "en", "serve", "--demo", "--state", directory.file("two"), "--port",
                   other[0], "--wallet-port", ports[1], "--shop-port", other[2], "--office-port", other[3]});
  CHECK(second.exit_code == 3);
  CHECK(second.err.find("Port " + ports[1] + " is already in use") != std::string::npos);
  CHECK(second.err.find("--wallet-port") != std::string::npos);
}

TEST_CASE("the loopback ports lie beside the server's") {
  const auto usual = cli::LoopbackPorts::beside(8443);
  CHECK(usual.wallet_origin() == "http://localhost:8480");
  CHECK(usual.shop_origin() == "http://shop.localhost:8481");
  CHECK(usual.office_origin() == "http://office.localhost:8482");
  for (const int port : {1, 1024, 65496, 65497, 65498, 65535}) {
    INFO(port);
    const auto ports = cli::LoopbackPorts::beside(static_cast<std::uint16_t>(port));
    CHECK(std::abs(ports.wallet - port) == 37);
    CHECK(std::abs(ports.shop - port) == 38);
    CHECK(std::abs(ports.office - port) == 39);
  }
}
