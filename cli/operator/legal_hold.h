#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/client/api_client.h"
#include "cli/terminal/terminal.h"

namespace mibun::cli {

// Runs a deed of `mibun operator` for a subcommand, signed in.
using BindDeed = std::function<void(CLI::App* subcommand, std::function<Status(ApiClient&)> deed)>;

// mibun operator legal-hold list | openings | request | approve | open.
// `own_id`: who signs in; it outlives the commands.
void add_legal_hold_commands(CLI::App& operator_command, const Terminal& terminal, const BindDeed& deed,
                             const std::string& own_id);

}  // namespace mibun::cli
