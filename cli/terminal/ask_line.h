#pragma once

#include <optional>
#include <string>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// One line, seen while it is typed; nullopt: the input has ended, nobody answers.
std::optional<std::string> ask_line(const Terminal& terminal, const Text& prompt);

}  // namespace mibun::cli
