#include "platform/process/stop_signals.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <csignal>

#include "core/base/result.h"

namespace mibun::process {
namespace {

// Whether it can be read within `limit`; less than nothing: however long it takes.
bool can_be_read(int descriptor, int limit) {
  pollfd open{descriptor, POLLIN, 0};
  return ::poll(&open, 1, limit) > 0;
}

int block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &set, SFD_CLOEXEC);
}

}  // namespace

StopSignals::StopSignals() : descriptor_(block_signals()) {
  MIBUN_INVARIANT(descriptor_.valid());
}

bool StopSignals::wait(std::chrono::milliseconds limit) const {
  return can_be_read(descriptor_.get(), static_cast<int>(limit.count()));
}

void StopSignals::wait() const {
  while (!can_be_read(descriptor_.get(), -1)) {
  }
}

}  // namespace mibun::process
