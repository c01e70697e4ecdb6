#include "cli/serve/command.h"

#include <sys/prctl.h>

#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "cli/serve/serve.h"
#include "cli/world/passport.h"
#include "cli/world/world.h"

namespace mibun::cli {
namespace {

// The passport in the folder of the demonstration.
class WorldsPassport final : public server::SimulatedPassport {
 public:
  static Result<std::shared_ptr<const server::SimulatedPassport>> open(const DemoWorld& world) {
    MIBUN_TRY(auto chip, open_passport_directory(world.passport_directory()));
    MIBUN_TRY(auto files, chip->files());
    return std::make_shared<const WorldsPassport>(std::move(chip), std::move(files));
  }
  WorldsPassport(std::unique_ptr<wallet::Chip> chip, std::map<std::string, Bytes> files)
      : chip_(std::move(chip)), files_(std::move(files)) {}

  std::map<std::string, Bytes> files() const override { return files_; }
  Result<Bytes> active_authentication(const emrtd::ActiveAuthenticationChallenge& challenge) const override {
    const std::lock_guard one_at_a_time(mutex_);
    return chip_->active_authentication(challenge);
  }

 private:
  mutable std::mutex mutex_;
  std::unique_ptr<wallet::Chip> chip_;
  std::map<std::string, Bytes> files_;
};

}  // namespace

void add_serve_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  struct Options {
    ServeOptions serve;
    bool demo = false;
    std::string state;
    std::optional<std::uint16_t> wallet_port, shop_port, office_port;
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
  command->add_option("--credentials", options->serve.credentials_directory,
                      "where systemd puts the unit's credentials: %d in it");
  command->add_flag("--own-keyd", options->serve.has_own_keyd, "keep the keys in a process of their own, started here");
  CLI::Option* demo = command->add_flag("--demo", options->demo, "make a demonstration world in --state and serve it");
  command->add_option("--state", options->state, "folder of the demonstration")->needs(demo);
  command->add_option("--wallet-port", options->wallet_port, "the wallet's page on this machine, http (--port + 37)")
      ->needs(demo);
  command->add_option("--shop-port", options->shop_port, "the demonstration's shop on this machine, http (--port + 38)")
      ->needs(demo);
  command
      ->add_option("--office-port", options->office_port, "the reviewers' office on this machine, http (--port + 39)")
      ->needs(demo);
  demo->excludes(data);
  command->callback([=, &terminal, &exit_code] {
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
      LoopbackPorts ports = LoopbackPorts::beside(options->serve.port);
      ports.wallet = options->wallet_port.value_or(ports.wallet);
      ports.shop = options->shop_port.value_or(ports.shop);
      ports.office = options->office_port.value_or(ports.office);
      auto passport = WorldsPassport::open(*world);
      if (!passport) {
        exit_code = terminal.report(passport.error());
        return;
      }
      options->serve.demonstration = DemonstrationOptions{ports, std::move(*passport)};
    }
    if (options->serve.data_directory.empty()) throw CLI::RequiredError("--data or --demo --state");
    exit_code = serve(options->serve, terminal);
  });
}

}  // namespace mibun::cli
