#pragma once

#include <CLI/App.hpp>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// `mibun keyd`: the key service as a process of its own (docs/key_ceremony.md).
void add_keyd_command(CLI::App& app, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
