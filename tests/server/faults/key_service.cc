#include "tests/server/faults/key_service.h"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>

namespace mibun::server {
namespace {

using namespace std::chrono_literals;

std::chrono::milliseconds since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

Wire wire_to(const Served& served) {
  return Wire(served.server->port(), served.data.directory + "/keys/tls-root.crt");
}

}  // namespace

void KeydProcess::start() {
  std::vector<std::string> command{MIBUN_PROGRAM, "--lang",
                                   "en",          "keyd",
                                   "--directory", options_.directory,
                                   "--socket",    options_.socket,
                                   "--log",       options_.directory + ".log"};
  if (!options_.config.empty()) command.insert(command.end(), {"--config", options_.config});
  running_.emplace(command, ProcessOptions{.environment = options_.environment});
  running_->wait_for("ready: ");
}

void KeydProcess::suspend() {
  REQUIRE(::kill(running_->pid(), SIGSTOP) == 0);
  siginfo_t info = {};
  // A thread of it that runs just now goes on for a moment.
  REQUIRE(::waitid(P_PID, static_cast<id_t>(running_->pid()), &info, WSTOPPED | WNOWAIT) == 0);
}

int KeydProcess::stop() {
  ::kill(running_->pid(), SIGTERM);
  const int code = running_->finish();
  running_.reset();
  return code;
}

void check_whole_and_stop(ServedWithKeyd& it) {
  const Model model = check_whole(*it.served);
  CHECK(it.served->server->stop() == 0);
  CHECK(it.keyd->stop() == 0);
  CHECK(what_is_half_done(it.served->data.directory, model, {}) == "");
}

ServedWithKeyd::ServedWithKeyd(Options options) : unreadable(stage().world().directory_.file("unreadable")) {
  const TempDir& directory = stage().world().directory_;
  const std::string socket = directory.file("keyd.sock");
  const std::string asked = options.has_proxy ? directory.file("asked.sock") : socket;
  ServedOptions serving;
  serving.has_our_disk = false;
  serving.config["keyd"] = json::Object{{"socket", asked}};
  serving.prepare = [&](const std::string& data) {
    Running handing_over({MIBUN_PROGRAM, "keyd", "--directory", data + "/keyd", "--take-signing-keys", data + "/keys"});
    REQUIRE(handing_over.finish() == 0);
    KeydProcess::Options service{.directory = data + "/keyd", .socket = socket};
    if (options.has_our_disk) {
      service.environment = {"LD_PRELOAD=" MIBUN_FAULTY_DISK, "MIBUN_DISK_ROOT=" + data + "/keyd",
                             "MIBUN_DISK_UNREADABLE_WHILE=" + unreadable};
    }
    keyd.emplace(service);
    if (options.has_proxy) proxy.emplace(asked, socket);
  };
  served.emplace(serving);
}

ServedWithKeyd::~ServedWithKeyd() {
  std::filesystem::remove(unreadable);
}

Crowding::Crowding(const Served& served, const TestRequest& request, int count)
    : replies_(static_cast<std::size_t>(count)), times_(replies_.size()) {
  for (std::size_t i = 0; i < replies_.size(); ++i) {
    threads_.emplace_back([&served, request, &reply = replies_[i], &time = times_[i], this] {
      Wire wire = wire_to(served);
      const auto began = std::chrono::steady_clock::now();
      try {
        reply = wire.send(request);
      } catch (const ServerGone&) {  // the status stays 0
        reply.response.status = 0;
      }
      const auto took = time = since(began);
      for (auto slowest = took_.load(); took > slowest && !took_.compare_exchange_weak(slowest, took);) {
      }
    });
  }
}

Crowding::~Crowding() {
  static_cast<void>(replies());
}

const std::vector<Reply>& Crowding::replies() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  return replies_;
}

int Crowding::within(std::chrono::milliseconds limit) {
  static_cast<void>(replies());
  return static_cast<int>(std::ranges::count_if(times_, [&](const auto& time) { return time <= limit; }));
}

std::chrono::milliseconds time_of(const Served& served, const TestRequest& request, int status) {
  Wire wire = wire_to(served);
  const auto began = std::chrono::steady_clock::now();
  const Reply reply = wire.send(request);
  CHECK(reply.status() == status);
  return reply.status() == status ? since(began) : std::chrono::milliseconds(24h);
}

}  // namespace mibun::server
