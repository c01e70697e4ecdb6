#include <CLI/CLI.hpp>

#include "cli/terminal/terminal.h"
#ifdef MIBUN_WITH_SERVE
#include "cli/serve/command.h"
#endif
#ifdef MIBUN_WITH_WALLET
#include "cli/wallet/command.h"
#endif
#ifdef MIBUN_WITH_OPERATOR
#include "cli/operator/command.h"
#endif
#ifdef MIBUN_WITH_PARTNER
#include "cli/partner/command.h"
#endif
#ifdef MIBUN_WITH_CHECK
#include "cli/check/command.h"
#endif
#ifdef MIBUN_WITH_BENCH
#include "cli/bench/command.h"
#endif
#ifdef MIBUN_WITH_DEMO
#include "cli/demo/command.h"
#endif

// Each command parses its own options into a struct and leaves its exit code in `exit_code`.
int main(int argc, char** argv) {
  using namespace mibun::cli;
  Terminal terminal(language_from_environment());
  int exit_code = kExitOk;

  CLI::App app("mibun (身分): a digital ID wallet platform", "mibun");
  app.set_version_flag("--version", "mibun 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option_function<std::string>(
         "--lang",
         [&](const std::string& name) { terminal.set_language(name == "ja" ? Language::japanese : Language::english); },
         "ja or en (default: from LANG)")
      ->check(CLI::IsMember({"ja", "en"}))
      ->trigger_on_parse();
#ifdef MIBUN_WITH_SERVE
  add_serve_command(app, terminal, exit_code);
#endif
#ifdef MIBUN_WITH_WALLET
  add_wallet_command(app, terminal, exit_code);
#endif
#ifdef MIBUN_WITH_OPERATOR
  add_operator_command(app, terminal, exit_code);
#endif
#ifdef MIBUN_WITH_PARTNER
  add_partner_command(app, terminal, exit_code);
#endif
#ifdef MIBUN_WITH_CHECK
  add_check_command(app, terminal, exit_code);
#endif
#ifdef MIBUN_WITH_BENCH
  add_bench_command(app, terminal, exit_code);
#endif
#ifdef MIBUN_WITH_DEMO
  add_demo_command(app, terminal, exit_code);
#endif

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return exit_code;
}
