#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/server/crash/left.h"
#include "tests/server/killed/judge.h"
#include "tests/server/killed/stage.h"

namespace mibun::server {

inline constexpr int kExitStorageFailed = 5;

// One for the whole test program.
Stage& stage();

struct ServedOptions {
  std::vector<std::string> environment = {};  // of the server; a plan of the disk's (tests/faults/disk/plan.h)
  bool has_our_disk = true;                   // the disk that files below decide about stands in front of the real one
  json::Object config = {};                   // besides the stage's
  std::string data = "matrix/data";           // where in the world's directory
  std::function<void(const std::string& data)> prepare = {};  // before it starts
};

// A server over a copy of the stage's data, to which the stage's world talks.
struct Served {
  explicit Served(ServedOptions options = {});
  ~Served();
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  void start_again();  // on a good disk
  std::string event_log() const;

  const ServedOptions options;
  Left data;
  // While they exist, our disk is full, fails to sync, takes no changes.
  const std::string full, failing, read_only;
  std::optional<ServerProcess> server;

 private:
  void start(const std::vector<std::string>& environment);
};

void touch(const std::string& path);
// The stage's configuration with `more`, in a file.
std::string config_with(const json::Object& more);

Reply begin_registration();
Reply ready();
// For everybody, and signed anew each time: what needs a signing key and no write.
Reply signed_metadata();

// 503 with this code, a sentence, and when to come back.
void check_refused(const Reply& reply, std::string_view code);
void check_reads_go_on();
// Within half a minute, without being started again.
bool comes_true(const std::function<bool()>& what, std::chrono::seconds limit = std::chrono::seconds(30));
bool works_again();
// Nothing that was acknowledged is missing, and somebody new can live here. What they did.
Model check_whole(const Served& served);
// And after a proper end nothing is half done.
void check_whole_and_stop(Served& served);

}  // namespace mibun::server
