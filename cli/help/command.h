#pragma once

#include <CLI/CLI.hpp>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// mibun help CODE: what an error code means, how it comes to it and what to do.
void add_help_command(CLI::App& app, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
