#include "cli/keyd/command.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "cli/keyd/config.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/rated_signing_keys.h"
#include "platform/keyd/service.h"
#include "platform/keyd/take_signing_keys.h"
#include "platform/log/log.h"
#include "platform/process/stop_signals.h"
#include "platform/sandbox/filter.h"
#include "platform/sandbox/process.h"

namespace mibun::cli {
namespace {

struct Options {
  std::string directory, socket, config, credentials, log, take_from, signing_directory;
  bool bring_up = false;
};

Result<keyd::ServiceOptions> service_options(const Options& options, const KeydConfig& config) {
  keyd::ServiceOptions service{
      .socket_path = options.socket.empty() ? options.directory + "/keyd.sock" : options.socket, .peers = {}};
  if (config.connections_max) service.connections_max = *config.connections_max;
  for (const std::string& name : config.peers) {
    MIBUN_TRY(const sandbox::User peer, sandbox::find_user(name));
    if (service.peers.empty()) service.owner = peer.uid;
    service.peers.insert(peer.uid);
  }
  return service;
}

std::string signing_directory(const Options& options) {
  return options.signing_directory.empty() ? options.directory + "/signing" : options.signing_directory;
}

// Into the table that the service has, or as files that it makes its own when it starts first.
Result<int> take_into(const Options& options, const keyd::Settings& settings, Rng& rng) {
  const std::string directory = signing_directory(options);
  if (!keyd::has_signing_table(settings, options.directory)) {
    return keyd::take_signing_keys(options.take_from, directory, rng);
  }
  if (!files::exists(options.take_from + "/master.key")) {
    return fail(ErrorCode::not_found, options.take_from, "is no directory of sealed keys");
  }
  MIBUN_TRY(const auto open,
            keyd::prepare_signing_table(
                settings, {.directory = directory, .default_directory = options.directory, .default_memory = {}}));
  MIBUN_TRY(const auto table, open(rng, keyd::StaleCopies::refuse));
  return table->take_from(options.take_from, rng);
}

// `mibun keyd --take-signing-keys`: once, with nobody at work in either directory.
Result<int> take(const Options& options, const Terminal& terminal) {
  crypto::SystemRng rng;
  MIBUN_CHECK(files::make_private_directory(options.directory));
  MIBUN_TRY(KeydConfig config, read_keyd_config(options.config));
  config.settings.credentials_directory = options.credentials;
  MIBUN_TRY(const int taken, take_into(options, config.settings, rng));
  terminal.line(std::string(terminal.say({"signing keys taken in: ", "引き取った署名鍵: "})) + std::to_string(taken));
  return kExitOk;
}

// What needs root or the network's names comes first; then the keys, as the user who may do nothing else; then the
// filter, and only then somebody who asks.
Result<int> run(const Options& options, const Terminal& terminal) {
  const process::StopSignals stop;
  MIBUN_TRY(KeydConfig config, read_keyd_config(options.config));
  config.settings.credentials_directory = options.credentials;
  MIBUN_TRY(const keyd::OpenHolder open, keyd::prepare(config.settings, options.directory));
  MIBUN_TRY(const keyd::OpenSigningKeys open_signing,
            keyd::prepare_signing_keys(config.settings, {.directory = signing_directory(options),
                                                         .default_directory = options.directory,
                                                         .default_memory = {}}));
  MIBUN_CHECK(sandbox::forbid_looking_in());
  const bool is_locked = sandbox::lock_memory();
  log::open(options.log, log::Level::info);
  if (!is_locked) log::warning("keyd_memory_not_locked");
  if (config.settings.memory.empty()) log::warning("keyd_without_memory");
  if (::geteuid() == 0 && config.user.empty()) log::warning("keyd_stays_root");

  MIBUN_TRY(const keyd::ServiceOptions settings, service_options(options, config));
  if (options.socket.empty()) MIBUN_CHECK(files::make_private_directory(options.directory));
  MIBUN_TRY(auto listening, keyd::Service::listen(settings));
  if (!config.user.empty()) {
    MIBUN_TRY(const sandbox::User user, sandbox::find_user(config.user));
    if (::geteuid() == 0) MIBUN_CHECK(sandbox::leave_root(user));
    if (::geteuid() != user.uid) return fail(ErrorCode::invalid_argument, "config.user", "started as another user");
  }
  crypto::SystemRng rng;
  const auto stale = options.bring_up ? keyd::StaleCopies::bring_up : keyd::StaleCopies::refuse;
  MIBUN_TRY(const auto holder, open(rng, stale));
  MIBUN_TRY(const auto signing_keys, open_signing(rng, stale));
  for (const auto& copies : {holder->stale_copies(), signing_keys.stale_copies}) {
    for (const std::string& directory : copies) {
      terminal.error_line(std::string(terminal.say({"out of date and not used: ", "古いため使いません: "})) +
                          directory);
    }
  }
  keyd::GuardedKeyHolder guarded(*holder, config.limits);
  keyd::RatedSigningKeys rated(*signing_keys.keys, config.limits);
  const auto service = std::move(listening);  // ends before the holder that it asks
  service->start(guarded, &rated);
  terminal.line(std::string(terminal.say({"ready: ", "準備ができました: "})) + settings.socket_path);
  sd_notify(0, "READY=1");  // opens a socket, so it is said just before that becomes impossible
  MIBUN_CHECK(sandbox::allow_files_only());
  log::info("keyd_serving", {{"stale_copies", static_cast<std::int64_t>(holder->stale_copies().size())}});
  service->run(stop.descriptor());
  log::info("keyd_stopping");
  log::flush();
  return kExitOk;
}

}  // namespace

void add_keyd_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("keyd", "hold the keys in a process of its own / 鍵を別のプロセスで守る");
  command->add_option("--directory", options->directory, "the key table's directory, made 0700")->required();
  command->add_option("--socket", options->socket, "where to listen (default: <directory>/keyd.sock)");
  command->add_option("--config", options->config, "token or passphrase, copies, users, limits (JSON)");
  command->add_option("--credentials", options->credentials, "where systemd puts the unit's credentials: %d in it");
  command->add_option("--signing-directory", options->signing_directory,
                      "certificates for people to read, and signing keys in files of before (default: "
                      "<directory>/signing)");
  command->add_option("--log", options->log, "log file (default: stderr)");
  command->add_flag("--bring-up", options->bring_up, "replace out-of-date copies of the key table by the newest");
  command->add_option("--take-signing-keys", options->take_from,
                      "move the signing keys out of this directory (<data>/keys) and end");
  command->callback([=, &terminal, &exit_code] {
    const auto code = options->take_from.empty() ? run(*options, terminal) : take(*options, terminal);
    exit_code = code ? *code : terminal.report(code.error());
  });
}

}  // namespace mibun::cli
