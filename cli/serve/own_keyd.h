#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "platform/files/descriptor.h"
#include "server/operations/key_service_health.h"

namespace mibun::cli {

// The key service of a server that starts it itself: `mibun keyd` as a child, of the same user, shut in behind its
// filter, on <data>/keyd with its socket at <data>/keyd.sock. It is killed by the kernel when this process ends in
// whatever way, and started again when it ends by itself or was killed because it hung (platform/keyd/pulse.h); between
// two starts passes a pause that grows from a tenth of a second to ten seconds, and is short again after a minute that
// went well. Its log is <data>/log/keyd.jsonl.
//
// Only one such server is at a data directory: <data>/keyd.own is locked by it and by its service, so that the next one
// waits until both are gone.
class OwnKeyd {
 public:
  struct Options {
    std::string data_directory;
    std::string credentials;  // where systemd puts the unit's credentials; empty: nowhere
    std::string config;       // the JSON of "keyd" in the server's configuration, with its "service"; empty: none
    std::shared_ptr<server::KeyServiceHealth> health;
  };
  // Returns when the service answers. Errors: keyd_unavailable (it ended before that; it has said why on standard
  // error), io_error (also: another server's service does not end), json_*.
  static Result<std::unique_ptr<OwnKeyd>> start(const Options& options);
  // Lets it end what it is at.
  ~OwnKeyd();

 private:
  struct Child {
    pid_t pid = -1;
    int output = -1;
  };
  // `lock` and `stop` are closed with it.
  OwnKeyd(std::vector<std::string> argv, std::string socket, int lock, int stop,
          std::shared_ptr<server::KeyServiceHealth> health);
  void run();
  bool start_child();
  enum class Seen { ended, hung, stop };
  Seen watch();  // until there is one of them
  void end_child();
  bool pause(std::chrono::milliseconds length) const;  // false: it is time to stop
  void tell_first(bool is_well);

  const std::vector<std::string> argv_;
  const std::string socket_;
  const files::Descriptor lock_, stop_;
  const std::shared_ptr<server::KeyServiceHealth> health_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<bool> first_;  // whether the first start went well
  Child child_;                // of the thread alone
  std::thread thread_;         // the child's life hangs on it
};

}  // namespace mibun::cli
