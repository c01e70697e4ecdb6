#pragma once

#include <CLI/App.hpp>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// `mibun keys`: the signing keys of a server, wherever it has them; what there is, and a successor
// (docs/key_ceremony.md).
void add_keys_command(CLI::App& app, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
