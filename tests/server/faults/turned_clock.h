#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/faults/clock/turned.h"

namespace mibun::server {

// The clock of a program in another process, turned by hand while it runs (tests/faults/clock).
class TurnedMachineClock {
 public:
  explicit TurnedMachineClock(std::string path) : path_(std::move(path)) {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool sized = fd >= 0 && ::ftruncate(fd, sizeof(faults::TurnedClockPage)) == 0;
    void* const at = sized ? ::mmap(nullptr, sizeof(faults::TurnedClockPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                           : MAP_FAILED;
    if (fd >= 0) ::close(fd);
    if (at == MAP_FAILED) throw std::runtime_error("no page for a clock");
    page_ = static_cast<volatile faults::TurnedClockPage*>(at);
  }
  ~TurnedMachineClock() { ::munmap(const_cast<faults::TurnedClockPage*>(page_), sizeof *page_); }
  TurnedMachineClock(const TurnedMachineClock&) = delete;
  TurnedMachineClock& operator=(const TurnedMachineClock&) = delete;

  std::vector<std::string> environment() const { return {"LD_PRELOAD=" MIBUN_TURNED_CLOCK, "MIBUN_CLOCK=" + path_}; }

  // By how much it is off from the machine's own.
  void set_by(std::chrono::nanoseconds offset) { page_->wall_offset_ns = offset.count(); }
  // As if so much time had passed, by the clock that nobody sets.
  void pass(std::chrono::nanoseconds time) { page_->boot_offset_ns = page_->boot_offset_ns + time.count(); }
  void freeze() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    page_->frozen_at_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  }
  void go_on() { page_->frozen_at_ns = 0; }
  // What adjtimex(2) answers; `code` of <sys/timex.h>.
  void discipline(int code, std::chrono::microseconds bound) {
    page_->code = code;
    page_->maxerror_us = bound.count();
    page_->is_disciplined = 1;
  }

 private:
  const std::string path_;
  volatile faults::TurnedClockPage* page_ = nullptr;
};

}  // namespace mibun::server
