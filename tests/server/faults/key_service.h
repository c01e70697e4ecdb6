#pragma once

#include <signal.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/cli/proximity/running.h"
#include "tests/server/faults/keyd_proxy.h"
#include "tests/server/faults/served.h"

namespace mibun::server {

// `mibun keyd` in a process of its own.
class KeydProcess {
 public:
  struct Options {
    std::string directory, socket;
    std::string config = {};  // a file
    std::vector<std::string> environment = {};
  };
  explicit KeydProcess(Options options) : options_(std::move(options)) { start(); }

  void start();
  void kill() { running_.reset(); }  // -9
  int stop();                        // SIGTERM; its exit code
  void suspend();                    // SIGSTOP; returns when it answers nothing any more
  void go_on() { ::kill(running_->pid(), SIGCONT); }

 private:
  const Options options_;
  std::optional<Running> running_;
};

// A server with its keys in a key service, over a copy of the stage's data.
struct ServedWithKeyd {
  struct Options {
    bool has_proxy = false;     // stands between the two
    bool has_our_disk = false;  // under the key service: it can open no file while `unreadable` exists
  };
  explicit ServedWithKeyd(Options options);
  ServedWithKeyd() : ServedWithKeyd(Options{}) {}
  ~ServedWithKeyd();
  ServedWithKeyd(const ServedWithKeyd&) = delete;
  ServedWithKeyd& operator=(const ServedWithKeyd&) = delete;

  const std::string unreadable;
  std::optional<KeydProcess> keyd;
  std::optional<KeydProxy> proxy;
  std::optional<Served> served;
};

// As that of Served, and of the key service's table.
void check_whole_and_stop(ServedWithKeyd& it);

// Sends requests over a connection of their own each, at the same time, and says what was answered.
class Crowding {
 public:
  Crowding(const Served& served, const TestRequest& request, int count);
  ~Crowding();
  Crowding(const Crowding&) = delete;
  Crowding& operator=(const Crowding&) = delete;

  // Waits for all of them.
  const std::vector<Reply>& replies();
  std::chrono::milliseconds took() const { return took_; }  // the slowest
  int within(std::chrono::milliseconds limit);              // how many were answered so fast

 private:
  std::vector<Reply> replies_;
  std::vector<std::chrono::milliseconds> times_;
  std::atomic<std::chrono::milliseconds> took_{std::chrono::milliseconds(0)};
  std::vector<std::thread> threads_;
};

// The time until an answer with this status came over a connection of its own; a day when another came.
std::chrono::milliseconds time_of(const Served& served, const TestRequest& request, int status);

}  // namespace mibun::server
