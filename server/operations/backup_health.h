#pragma once

#include <atomic>
#include <string_view>

namespace mibun::server {

// What /readyz says about backups: told by who makes them, read by whoever asks. Not enforced: a server whose backup is
// late still serves, and somebody has to look.
class BackupHealth {
 public:
  enum class State { waiting, ok, failed, late, too_few };
  void set(State state) { state_.store(state); }
  State state() const { return state_.load(); }

 private:
  std::atomic<State> state_{State::waiting};
};

// "ok" ...
std::string_view to_string(BackupHealth::State state);

}  // namespace mibun::server
