#pragma once

#include <cstdint>

namespace mibun::faults {

// How a clock differs from the machine's own, in a file that a test and the process under test have mapped
// (MIBUN_CLOCK names it). Of zeros: not at all. Each is read by itself; a test changes one after the other.
struct TurnedClockPage {
  std::int64_t wall_offset_ns;  // added to CLOCK_REALTIME
  std::int64_t boot_offset_ns;  // added to CLOCK_BOOTTIME: so much time has passed
  std::int64_t frozen_at_ns;    // CLOCK_REALTIME says this and goes nowhere; 0: it goes
  std::int64_t is_disciplined;  // adjtimex answers `code`, `maxerror_us`; 0: what the kernel says
  std::int64_t code;            // TIME_OK 0, TIME_INS 1, TIME_DEL 2, TIME_OOP 3, TIME_WAIT 4, TIME_ERROR 5
  std::int64_t maxerror_us;
};

}  // namespace mibun::faults
