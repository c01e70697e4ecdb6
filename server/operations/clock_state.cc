#include <sys/timex.h>

#include "server/operations/routes.h"

namespace mibun::server {

ClockState read_clock_state() {
  timex state{};
  const int code = ::adjtimex(&state);
  if (code < 0) return {};
  return {code != TIME_ERROR && (state.status & STA_UNSYNC) == 0, state.maxerror / 1000};
}

}  // namespace mibun::server
