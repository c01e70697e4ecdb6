#pragma once

#include <CLI/App.hpp>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// mibun backup [list|verify|drill|copy]; without a word it makes a generation.
void add_backup_command(CLI::App& app, const Terminal& terminal, int& exit_code);
// mibun restore
void add_restore_command(CLI::App& app, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
