#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "platform/keyd/remote_signing_keys.h"
#include "tests/cli/proximity/running.h"
#include "tests/support/temp_dir.h"

// A server that starts its key service itself.
namespace mibun::cli {

inline std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::string> with_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en"});
  return arguments;
}

// The processes that `parent` has started and that have not ended.
inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string status = text_of("/proc/" + name + "/status");
    if (status.contains("\nPPid:\t" + std::to_string(parent) + "\n") && !status.contains("\nState:\tZ")) {
      found.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return found;
}

inline bool becomes_true(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

struct World {
  TempDir directory;
  std::string data = directory.file("data"), socket = data + "/keyd.sock";

  std::vector<std::string> serve(const std::string& keyd = {}) const {
    std::vector<std::string> arguments{"serve", "--data", data, "--port", "0", "--origin", "https://localhost"};
    if (!keyd.empty()) {
      arguments.insert(arguments.end(), {"--config", directory.write("config.json", R"({"keyd":)" + keyd + "}")});
    }
    return with_program(arguments);
  }
  std::vector<std::string> own() const { return serve(R"({"service":"own"})"); }
  ProcessResult keys_list() const { return run_process(with_program({"keys", "list", "--data", data})); }
  // "200 <body>" of the server that runs.
  std::string get(const std::string& path, const std::string& accept = "*/*") const {
    const std::string log = text_of(data + "/log/mibun.jsonl");
    const auto at = log.rfind("\"port\":");
    REQUIRE(at != std::string::npos);
    const std::string port = std::to_string(std::stoi(log.substr(at + 7)));
    const auto answer = run_process({"curl", "-s", "--max-time", "30", "--cacert", data + "/keys/tls-root.crt", "-H",
                                     "Accept: " + accept, "-w", "\n%{http_code}", "https://localhost:" + port + path});
    REQUIRE(answer.exit_code == 0);
    const auto line = answer.out.rfind('\n');
    return answer.out.substr(line + 1) + " " + answer.out.substr(0, line);
  }
  std::string sign() const { return get("/.well-known/openid-credential-issuer", "application/jwt").substr(0, 3); }
  bool answers() const { return keyd::RemoteSigningKeys::open({.socket_path = socket}).has_value(); }
};

struct Server {
  explicit Server(const std::vector<std::string>& argv) : running(argv) { running.wait_for("ready: "); }
  int stop() {
    ::kill(running.pid(), SIGTERM);
    return running.finish();
  }
  Running running;
};

}  // namespace mibun::cli
