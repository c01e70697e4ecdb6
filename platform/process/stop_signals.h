#pragma once

#include <chrono>

#include "platform/files/descriptor.h"

namespace mibun::process {

// SIGINT and SIGTERM as something to wait for, so that stopping is ordinary code: blocked in this thread and in every
// one that is made later. SIGPIPE is ignored from then on: a peer that is gone is an error of write().
class StopSignals {
 public:
  StopSignals();
  // True when it is time to stop; false after `limit`.
  bool wait(std::chrono::milliseconds limit) const;
  void wait() const;
  // Can be read when it is time to stop, for whoever waits for other things, too.
  int descriptor() const { return descriptor_.get(); }

 private:
  const files::Descriptor descriptor_;
};

}  // namespace mibun::process
