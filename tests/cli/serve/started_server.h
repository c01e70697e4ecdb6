#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

inline constexpr int kWrongRegion = 6, kRefused = 1, kPortTaken = 3;  // README.md

// A port that is taken: a program that comes as far as listening ends there.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    number_ = std::to_string(ntohs(address.sin_port));
  }
  ~TakenPort() { ::close(socket_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  const std::string& number() const { return number_; }

 private:
  int socket_;
  std::string number_;
};

// `mibun serve` with a configuration, in one directory.
struct StartedServer {
  ProcessResult start(const std::string& config, const char* language = "en") {
    const std::string file = directory.write("config.json", config);
    return run_process({MIBUN_PROGRAM, "--lang", language, "serve", "--data", directory.file("data"), "--port",
                        port.number(), "--config", file});
  }
  TempDir directory;
  TakenPort port;
};
