#pragma once

#include <CLI/App.hpp>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

void add_witness_command(CLI::App& app, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
