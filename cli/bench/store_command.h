#pragma once

#include <CLI/App.hpp>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// mibun bench store: durable operations per second, sealed records, the key holder's answer.
void add_store_bench_command(CLI::App& bench, const Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
