#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "cli/client/api_client.h"
#include "cli/world/world.h"
#include "tests/cli/proximity/running.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The demonstration's server as a program of its own, with everybody who talks to it as programs, too.
namespace served {

using namespace mibun;

inline constexpr const char* kPassphrase = "correct horse battery staple\n";

inline std::string free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port is free");
  }
  ::close(probe);
  return std::to_string(ntohs(address.sin_port));
}

class Served {
 public:
  Served() : server_(serve()) { server_.wait_for("ready: "); }

  std::string file(const std::string& name) const { return dir_.file(name); }
  const std::string& origin() const { return origin_; }
  std::string ca() const { return world_.server_directory + "/keys/tls-root.crt"; }
  std::string shop_file() const { return world_.demo_directory + "/shop.json"; }

  // A command to its end, as a person types it. Throws unless it ends well.
  std::string run(std::vector<std::string> arguments, const std::string& input = {}) const {
    arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en"});
    const ProcessResult result = run_process(arguments, {.input = input, .timeout = std::chrono::seconds(120)});
    if (result.exit_code != 0) throw std::runtime_error(arguments[3] + ": " + result.out + result.err);
    return result.out;
  }
  std::vector<std::string> wallet(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "wallet");
    arguments.insert(arguments.end(), {"--home", file("wallet")});
    return arguments;
  }
  std::string sign_in_as(const std::string& command, const std::string& id, const std::string& key,
                         std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), command);
    arguments.insert(arguments.end(), {"--id", id, "--server", origin_, "--ca", ca(), "--key", world_.key_file(key)});
    return run(std::move(arguments));
  }
  std::string reviewer(const std::string& name, std::vector<std::string> arguments) const {
    return sign_in_as("operator", "reviewer-" + name, "reviewer-" + name, std::move(arguments));
  }
  std::string shop(std::vector<std::string> arguments) const {
    return sign_in_as("partner", "musubi-shop", "shop", std::move(arguments));
  }

  // A registered wallet whose person was approved, and its photo ID.
  void make_wallet() const {
    const std::string pass(kPassphrase);
    run(wallet({"register", "--server", origin_, "--ca", ca()}), "y\n" + pass + pass);
    const std::string proved = run(wallet({"prove", "--passport", world_.passport_directory()}), pass);
    const auto at = proved.find("case: ");
    const std::string id = proved.substr(at + 6, proved.find('\n', at) - at - 6);
    reviewer("akari", {"case", "approve", id});
    reviewer("minoru", {"case", "approve", id});
    run(wallet({"receive", "--issuer", origin_, "--configuration", "mibun_photo_id_mdoc"}), pass + "y\n" + pass);
  }

  // What anybody may fetch, into a file.
  std::string fetch_to(const std::string& path, const std::string& name) const {
    http::Client client(
        {.destinations = must(http::Destinations::only({origin_})), .trust_pem = must(cli::read_text_file(ca()))});
    HttpRequest request;
    request.url = origin_ + path;
    const HttpResponse response = must(client.send(request));
    if (response.status != 200) throw std::runtime_error(path + " is not there");
    must(cli::write_text_file(file(name), response.body));
    return file(name);
  }

 private:
  std::vector<std::string> serve() {
    return {MIBUN_PROGRAM, "--lang",      "en",        "serve",         "--demo",
            "--state",     world_.state,  "--port",    port_,           "--wallet-port",
            free_port(),   "--shop-port", free_port(), "--office-port", free_port()};
  }
  TempDir dir_;
  std::string port_ = free_port(), origin_ = "https://localhost:" + port_;
  cli::DemoWorld world_ = must(cli::open_demo_world(dir_.file("state"), SystemClock().now()));
  Running server_;
};

}  // namespace served
