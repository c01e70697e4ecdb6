#pragma once

#include <string_view>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// An error on the screen. What the server said no with is said in the server's own words.
int report_error(const Terminal& terminal, const Error& error);

// "name: value" on stdout, the same in every language, for scripts.
void essential(const Terminal& terminal, std::string_view name, std::string_view value);

}  // namespace mibun::cli
