#include "tests/faults/disk/plan.h"

#include <cerrno>
#include <cstdlib>

namespace mibun::faults {
namespace {

std::string text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}
long number(const char* name, long otherwise = 0) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atol(value);
}

Plan read_plan() {
  Plan plan;
  plan.root = text("MIBUN_DISK_ROOT");
  plan.kill_at = number("MIBUN_DISK_KILL_AT");
  plan.off_at = number("MIBUN_DISK_OFF_AT");
  plan.fail_at = number("MIBUN_DISK_FAIL_AT");
  plan.fail_with = static_cast<int>(number("MIBUN_DISK_FAIL_WITH", EIO));
  plan.lies = number("MIBUN_DISK_LIES") != 0;
  plan.seed = static_cast<unsigned>(number("MIBUN_DISK_SEED"));
  plan.slow_ms = number("MIBUN_DISK_SLOW_MS");
  plan.full_while = text("MIBUN_DISK_FULL_WHILE");
  plan.read_only_while = text("MIBUN_DISK_READ_ONLY_WHILE");
  plan.unreadable_while = text("MIBUN_DISK_UNREADABLE_WHILE");
  plan.failing_while = text("MIBUN_DISK_FAILING_WHILE");
  plan.failing_at = text("MIBUN_DISK_FAILING_AT");
  plan.counted_while = text("MIBUN_DISK_COUNTED_WHILE");
  plan.only_writes = number("MIBUN_DISK_ONLY_WRITES") != 0;
  plan.report = text("MIBUN_DISK_REPORT");
  plan.trace = text("MIBUN_DISK_TRACE");
  return plan;
}

}  // namespace

const Plan& plan() {
  static const Plan* const one = new Plan(read_plan());  // never destroyed: files are written to the very end
  return *one;
}

}  // namespace mibun::faults
