#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "platform/log/log.h"

namespace mibun::log {

// {"time":"2026-11-23T12:03:59.123+09:00","level":"info","event":"...","field":value}: one line of printable ASCII.
// Everything else is escaped as \uXXXX, so that no value can end the line, forge another, or speak to a terminal; bytes
// that are no UTF-8 become \ufffd. Values are cut after 1024 bytes. A field named like one of the first three gets "_".
// `clock_status`: of the clock that gave `time`, a member behind it; empty: none. A field of that name gets "_", too.
std::string json_line(Instant time, Level level, std::string_view event, std::initializer_list<Field> fields,
                      std::string_view clock_status = {});

}  // namespace mibun::log
