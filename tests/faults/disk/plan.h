#pragma once

#include <string>

namespace mibun::faults {

// What the disk of this process shall do, from the environment. Calls are counted from 1; 0 is never.
struct Plan {
  std::string root;              // MIBUN_DISK_ROOT: only files below it are counted and spoilt
  long kill_at = 0;              // MIBUN_DISK_KILL_AT: kill -9 before this call; what was written stays
  long off_at = 0;               // MIBUN_DISK_OFF_AT: the power goes before this call; what was not synced may be lost
  long fail_at = 0;              // MIBUN_DISK_FAIL_AT: this call fails
  int fail_with = 0;             // MIBUN_DISK_FAIL_WITH: errno, 5 (EIO) unless told otherwise
  bool lies = false;             // MIBUN_DISK_LIES: fsync says that it did, and did not
  unsigned seed = 0;             // MIBUN_DISK_SEED: which part of what was not synced is lost
  long slow_ms = 0;              // MIBUN_DISK_SLOW_MS: each fsync takes so long
  std::string full_while;        // MIBUN_DISK_FULL_WHILE: while a file of this name exists, nothing more fits
  std::string read_only_while;   // MIBUN_DISK_READ_ONLY_WHILE: while a file of this name exists, nothing can be changed
  std::string unreadable_while;  // MIBUN_DISK_UNREADABLE_WHILE: while a file of this name exists, none can be opened
  std::string failing_while;     // MIBUN_DISK_FAILING_WHILE: while a file of this name exists, each fsync fails
  std::string failing_at;        // MIBUN_DISK_FAILING_AT: and its path has this in it; empty: of any file
  std::string counted_while;     // MIBUN_DISK_COUNTED_WHILE: calls are counted only while a file of this name exists
  bool only_writes = false;      // MIBUN_DISK_ONLY_WRITES: opening a file that is there is not counted
  std::string report;            // MIBUN_DISK_REPORT: gets "COUNT CALL PATH", where it ended, or "COUNT end"
  std::string trace;             // MIBUN_DISK_TRACE: gets a line "CALL PATH" for each call that is counted

  // Whether what is not synced has to be known.
  bool remembers() const { return off_at != 0 || lies; }
};

const Plan& plan();

}  // namespace mibun::faults
