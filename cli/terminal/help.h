#pragma once

#include <optional>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// What `mibun help CODE` says beyond the sentence: how it comes to it, and what to do.
struct Help {
  Text cause, next;
};

// Every code has one: its own, or that of its group.
Help help_for(ErrorCode code);

// What is said of every code of a module that has no sentence of its own.
Text group_sentence(ErrorCode code);

// "http_timeout" or its number "1022". Errors: not_found.
Result<ErrorCode> find_error_code(std::string_view text);

}  // namespace mibun::cli
