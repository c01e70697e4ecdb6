#include "tests/platform/http/peers.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

using namespace mibun;
using namespace mibun::http;
using std::chrono::hours;
using std::chrono::milliseconds;

RawPeer::RawPeer(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

RawPeer::~RawPeer() {
  close(socket_);
}

void RawPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawPeer::send_byte_by_byte(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) send(bytes.substr(i, 1));
}

void RawPeer::finish_sending() {
  shutdown(socket_, SHUT_WR);
}

bool RawPeer::receive_more(milliseconds time) {
  pollfd wanted{socket_, POLLIN, 0};
  if (poll(&wanted, 1, static_cast<int>(time.count())) <= 0) return false;
  std::array<char, 65536> bytes;
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  closed_ = count <= 0;
  reset_ = count < 0;
  if (!closed_) received_.append(bytes.data(), static_cast<std::size_t>(count));
  return !closed_;
}

std::optional<std::string> RawPeer::receive_until_closed(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!closed_) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    receive_more(left);
  }
  return std::exchange(received_, {});
}

std::string RawPeer::receive_answer(bool head_only) {
  for (;;) {
    const std::size_t head_end = received_.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      std::size_t size = head_end + 4;
      const std::size_t length = received_.find("Content-Length: ");
      if (!head_only && length < head_end) size += std::stoul(received_.substr(length + 16));
      if (received_.size() >= size) {
        const std::string answer = received_.substr(0, size);
        received_.erase(0, size);
        return answer;
      }
    }
    if (!receive_more(std::chrono::seconds(5))) return {};
  }
}

int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return std::atoi(std::string(answer.substr(9, 3)).c_str());
}

std::string body_of(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

ServerResponse echo(const ServerRequest& request) {
  ServerResponse response;
  response.content_type = "text/plain";
  response.body = std::string(request.method) + " " + std::string(request.target) + " " + std::string(request.body);
  return response;
}

std::unique_ptr<Server> start_server(ServerOptions options, Handler handler) {
  auto server = Server::bind(std::move(options), std::move(handler));
  REQUIRE(server.has_value());
  (*server)->start();
  return std::move(*server);
}

Destinations loopback(const std::vector<std::uint16_t>& ports) {
  std::vector<std::string> origins;
  for (const std::uint16_t port : ports) origins.push_back("https://127.0.0.1:" + std::to_string(port));
  auto destinations = Destinations::only(origins);
  REQUIRE(destinations.has_value());
  return std::move(*destinations);
}

namespace {

crypto::CertificateRequest request_for(const std::string& name, hours from, hours to) {
  const Instant now = SystemClock().now();
  crypto::CertificateRequest request;
  request.common_name = name;
  request.not_before = now + from;
  request.not_after = now + to;
  return request;
}

crypto::Certificate make_root(const crypto::P256PrivateKey& key) {
  auto root = crypto::make_root_certificate(request_for("test root", hours(-1000), hours(1000)), key);
  REQUIRE(root.has_value());
  return std::move(*root);
}

}  // namespace

Authority::Authority() : key(crypto::P256PrivateKey::generate()), certificate(make_root(key)) {}

TlsIdentity Authority::issue(const std::vector<std::string>& dns_names, hours from, hours to, bool with_address) const {
  crypto::CertificateRequest request = request_for("127.0.0.1", from, to);
  request.san_dns = dns_names;
  if (with_address) request.san_ip = {"127.0.0.1"};
  request.purpose = crypto::CertificatePurpose::tls_server;
  const auto leaf_key = crypto::P256PrivateKey::generate();
  const auto leaf = crypto::make_certificate(request, leaf_key.public_key(), certificate, key);
  REQUIRE(leaf.has_value());
  return {leaf->pem(), std::string(as_text(crypto::private_key_pem(leaf_key).reveal()))};
}

TlsIdentity Authority::issue_good() const {
  return issue({"localhost"}, hours(-1), hours(1));
}

TemporaryFolder::TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "mibun-http-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view text) const {
  std::ofstream file(path(name), std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + name);
  return path(name);
}

ProgramResult run_program(const std::string& command) {
  FILE* pipe =
      popen(("unset https_proxy HTTPS_PROXY http_proxy ALL_PROXY all_proxy; { " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start a program");
  ProgramResult result{};
  std::array<char, 4096> bytes;
  while (const std::size_t count = fread(bytes.data(), 1, bytes.size(), pipe))
    result.output.append(bytes.data(), count);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}
