#pragma once

#include <filesystem>
#include <stdexcept>

#include "tests/server/transparency/kept_log.h"
#include "tests/server/world/test_world.h"

// A server with its log, which a test may stop, look at, and start again.
namespace mibun::server {

// One for the whole program; each test leaves it running.
inline TestWorld& logged_world() {
  return world();
}

// Stops the server, reads its log, which has to be whole in both places, and starts it again.
inline KeptLog stop_and_read(TestWorld& w) {
  w.app.reset();
  KeptLog log = read_log(w.data_directory(), "a");
  const KeptLog other = read_log(w.data_directory(), "b");
  if (log.head != other.head || !log.findings.empty() || !other.findings.empty()) {
    throw std::runtime_error("the log is not whole in both places");
  }
  w.app = must(App::open(w.config, w.clock, w.rng));
  return log;
}

// What an attacker has who can put back folders: the log in both places, and the memory of its key.
struct SavedLog {
  SavedLog(const TestWorld& w, const TempDir& place) : data(w.data_directory()), kept(place.file("saved")) {
    std::filesystem::create_directory(kept);
    std::filesystem::copy(data + "/log-tree", kept + "/log-tree", std::filesystem::copy_options::recursive);
    std::filesystem::copy(data + "/keys/log", kept + "/memory", std::filesystem::copy_options::recursive);
  }
  void put_back_log() const { replace(kept + "/log-tree", data + "/log-tree"); }
  void put_back_memory() const { replace(kept + "/memory", data + "/keys/log"); }

  static void replace(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  std::string data, kept;
};

}  // namespace mibun::server
