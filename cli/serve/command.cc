#include "cli/serve/command.h"

#include <sys/prctl.h>

#include <csignal>
#include <memory>

#include "cli/serve/serve.h"
#include "cli/world/world.h"

namespace mibun::cli {

void add_serve_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  struct Options {
    ServeOptions serve;
    bool demo = false;
    std::string state;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve", "run the server / サーバーを動かす");
  CLI::Option* data = command->add_option("--data", options->serve.data_directory, "data directory, made 0700");
  command->add_option("--origin", options->serve.public_origin, "public address, e.g. https://id.example.jp");
  command->add_option("--address", options->serve.address, "address to listen on")->capture_default_str();
  command->add_option("--port", options->serve.port, "port to listen on")->capture_default_str();
  command->add_option("--threads", options->serve.threads, "HTTP threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--config", options->serve.config_file, "staff and trusted passport issuers (JSON)");
  command->add_option("--log", options->serve.log_file, "log file (default: <data>/log/mibun.jsonl)");
  CLI::Option* demo = command->add_flag("--demo", options->demo, "make a demonstration world in --state and serve it");
  command->add_option("--state", options->state, "folder of the demonstration")->needs(demo);
  demo->excludes(data);
  command->callback([=, &terminal, &exit_code] {
    options->serve.demo = options->demo;
    if (options->demo) {
      // The demonstration's server goes with the story that started it, also when that is killed.
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      auto world = open_demo_world(options->state, SystemClock().now());
      if (!world) {
        exit_code = terminal.report(world.error());
        return;
      }
      options->serve.data_directory = world->server_directory;
      options->serve.config_file = world->server_config;
    }
    if (options->serve.data_directory.empty()) throw CLI::RequiredError("--data or --demo --state");
    exit_code = serve(options->serve, terminal);
  });
}

}  // namespace mibun::cli
