#include <CLI/CLI.hpp>

#include "cli/backup/command.h"
#include "cli/bench/command.h"
#include "cli/check/command.h"
#include "cli/demo/command.h"
#include "cli/help/command.h"
#include "cli/keyd/command.h"
#include "cli/keys/command.h"
#include "cli/operator/command.h"
#include "cli/partner/command.h"
#include "cli/reader/command.h"
#include "cli/serve/command.h"
#include "cli/terminal/terminal.h"
#include "cli/wallet/command.h"
#include "cli/witness/command.h"

// Each command parses its own options into a struct and leaves its exit code in `exit_code`.
int main(int argc, char** argv) {
  using namespace mibun::cli;
  Terminal terminal(language_from_environment());
  int exit_code = kExitOk;

  CLI::App app("mibun (身分): a digital ID wallet platform / デジタルIDウォレット基盤", "mibun");
  app.set_version_flag("--version", "mibun 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option_function<std::string>(
         "--lang",
         [&](const std::string& name) { terminal.set_language(name == "ja" ? Language::japanese : Language::english); },
         "ja or en (default: from LANG)")
      ->check(CLI::IsMember({"ja", "en"}))
      ->trigger_on_parse();
  add_serve_command(app, terminal, exit_code);
  add_wallet_command(app, terminal, exit_code);
  add_operator_command(app, terminal, exit_code);
  add_partner_command(app, terminal, exit_code);
  add_reader_command(app, terminal, exit_code);
  add_check_command(app, terminal, exit_code);
  add_witness_command(app, terminal, exit_code);
  add_keyd_command(app, terminal, exit_code);
  add_keys_command(app, terminal, exit_code);
  add_bench_command(app, terminal, exit_code);
  add_backup_command(app, terminal, exit_code);
  add_restore_command(app, terminal, exit_code);
  add_demo_command(app, terminal, exit_code);
  add_help_command(app, terminal, exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return exit_code;
}
