#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/crypto/x509.h"
#include "platform/http/destinations.h"
#include "platform/http/server.h"

// What the tests of this folder talk with: a bare socket, a server on loopback, certificates, other people's programs.

// A TCP connection to 127.0.0.1 that sends exactly what it is told.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  // Ignores a peer that has gone: what it said before is still to be read.
  void send(std::string_view bytes);
  void send_byte_by_byte(std::string_view bytes);
  void finish_sending();
  // Everything until the other side closes; nullopt when it has not within `time`.
  std::optional<std::string> receive_until_closed(std::chrono::milliseconds time = std::chrono::seconds(5));
  // The other side closed with FIN and not with RST.
  bool closed_in_order() const { return closed_ && !reset_; }
  // One answer by its Content-Length (of a 1xx: its head); empty when the other side closed or was silent for 5 s.
  std::string receive_answer(bool head_only = false);

 private:
  bool receive_more(std::chrono::milliseconds time);

  int socket_;
  std::string received_;
  bool closed_ = false;
  bool reset_ = false;
};

// 404 of "HTTP/1.1 404 Not Found"; 0 when it is no answer.
int status_of(std::string_view answer);
std::string body_of(std::string_view answer);
std::size_t count_of(std::string_view text, std::string_view part);

// Answers "METHOD target body".
mibun::http::ServerResponse echo(const mibun::http::ServerRequest& request);
// Bound to a free port of 127.0.0.1 and started.
std::unique_ptr<mibun::http::Server> start_server(mibun::http::ServerOptions options,
                                                  mibun::http::Handler handler = echo);

// https://127.0.0.1 on these ports, and nothing else.
mibun::http::Destinations loopback(const std::vector<std::uint16_t>& ports);

struct Authority {
  Authority();
  // A TLS server's identity for 127.0.0.1 and the names given, valid from `from` to `to` relative to now.
  mibun::http::TlsIdentity issue(const std::vector<std::string>& dns_names, std::chrono::hours from,
                                 std::chrono::hours to, bool with_address = true) const;
  mibun::http::TlsIdentity issue_good() const;

  mibun::crypto::P256PrivateKey key;
  mibun::crypto::Certificate certificate;
};

// A folder of its own that goes away with its files.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  // Writes the text and returns the file's path.
  std::string write(const std::string& name, std::string_view text) const;
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct ProgramResult {
  int exit_code;
  std::string output;  // both streams
};
// Runs a shell command without the environment's proxies.
ProgramResult run_program(const std::string& command);
