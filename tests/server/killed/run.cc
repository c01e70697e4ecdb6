#include "tests/server/killed/run.h"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/server/crash/left.h"
#include "tests/server/killed/deeds.h"
#include "tests/server/killed/judge.h"

namespace mibun::server {
namespace {

using namespace std::chrono_literals;

constexpr int kDeedsOfALife = 20;
constexpr long kCallsOfARecovery = 60;

std::string variable(const char* name, const std::string& value) {
  return "MIBUN_DISK_" + std::string(name) + "=" + value;
}

// The first line that the disk reported, with the file's name alone; empty when there is none.
std::string reported_step(const std::string& report) {
  std::ifstream in(report);
  std::string count, call, path;
  in >> count >> call >> path;
  return call.empty() ? "" : call + " " + path.substr(path.rfind('/') + 1);
}

// A data directory that goes with the run, and its disk.
struct Ground {
  Ground(Stage& stage, unsigned seed)
      : data{stage.new_data("run-" + std::to_string(seed) + "/data")},
        directory(std::filesystem::canonical(data.directory)),
        report(stage.world().directory_.file("report")) {
    std::filesystem::remove(report);
  }
  std::vector<std::string> plan(std::vector<std::string> more = {}) const {
    more.push_back(variable("ROOT", directory));
    more.push_back(variable("REPORT", report));
    return more;
  }
  Left data;
  std::string directory, report;
};

std::vector<std::string> faults(Way way, std::mt19937& random, long calls) {
  const std::string call = std::to_string(1 + static_cast<long>(random() % static_cast<unsigned long>(calls)));
  const std::string seed = std::to_string(random() % 1'000'000);
  switch (way) {
    case Way::killed_at_call:
      return {variable("KILL_AT", call)};
    case Way::killed_at_once:
      return {};
    case Way::power_lost:
      return {variable("OFF_AT", call), variable("SEED", seed)};
    case Way::lying_disk:
      return {variable("OFF_AT", call), variable("SEED", seed), variable("LIES", "1")};
  }
  return {};
}

void first_life(Deeds& deeds, const ServerProcess& server, Run& run) {
  if (!server.is_ready()) return;
  try {
    for (; run.deeds < kDeedsOfALife; ++run.deeds) deeds.do_one();
  } catch (const ServerGone&) {
    run.cut_off = true;
  }
}

// What the next server says, and what it has on its disk when it was stopped.
std::string next_life(Stage& stage, const Ground& ground, Model& model, Deeds& deeds, Run& run) {
  ServerProcess server(ground.directory, stage.config_file(), ground.plan());
  if (!server.is_ready()) return "it does not start again";
  run.ready = server.took();
  stage.talk_to(server, ground.directory);
  if (std::string lost = what_was_lost(stage.world(), model, deeds.doubt()); !lost.empty()) return lost;
  std::optional<Doubt> doubt = deeds.doubt();
  if (deeds.hand_in_again()) {
    doubt.reset();
    if (std::string lost = what_was_lost(stage.world(), model, doubt); !lost.empty()) return "handed in again: " + lost;
  }
  live_anew(stage.world(), model);
  if (const int code = server.stop(); code != 0) return "it ends with " + std::to_string(code);
  return what_is_half_done(ground.directory, model, doubt);
}

}  // namespace

Run run_once(Stage& stage, Way way, unsigned seed, long calls) {
  std::mt19937 random(seed);
  const Ground ground(stage, seed);
  Run run;
  Model model = stage.model();
  Deeds deeds(stage.world(), model, seed);
  try {
    {
      ServerProcess server(ground.directory, stage.config_file(), ground.plan(faults(way, random, calls)));
      if (server.is_ready()) stage.talk_to(server, ground.directory);
      std::jthread killer;
      if (way == Way::killed_at_once) {
        const auto moment = std::chrono::microseconds(random() % 2'000'000);
        killer = std::jthread([pid = server.pid(), moment](const std::stop_token& stop) {
          const auto until = std::chrono::steady_clock::now() + moment;  // the moment is the point
          while (!stop.stop_requested() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(200us);
          if (!stop.stop_requested()) ::kill(pid, SIGKILL);
        });
      }
      first_life(deeds, server, run);
      killer.request_stop();
      if (way == Way::power_lost || way == Way::lying_disk) {
        static_cast<void>(server.stop());  // the power goes right after, when it has not gone before
      } else {
        server.kill();
      }
    }
    if (const std::string step = reported_step(ground.report); !step.empty()) {
      run.step = (deeds.doubt() ? deeds.doubt()->deed : "start or end") + ": " + step;
    }
    if (random() % 4 == 0) {  // and once more, while it gets up
      const long call = 1 + static_cast<long>(random() % static_cast<unsigned long>(kCallsOfARecovery));
      ServerProcess server(ground.directory, stage.config_file(),
                           ground.plan({variable("KILL_AT", std::to_string(call))}));
      server.kill();
    }
    run.wrong = next_life(stage, ground, model, deeds, run);
  } catch (const std::exception& error) {
    run.wrong = std::string("refused, or gone: ") + error.what();
  }
  run.done = deeds.done();
  return run;
}

long count_calls(Stage& stage) {
  const Ground ground(stage, 0);
  Model model = stage.model();
  Deeds deeds(stage.world(), model, 0);
  Run run;
  {
    ServerProcess server(ground.directory, stage.config_file(), ground.plan());
    if (server.is_ready()) stage.talk_to(server, ground.directory);
    first_life(deeds, server, run);
    if (run.deeds != kDeedsOfALife || server.stop() != 0) throw std::runtime_error("a whole life is not whole");
  }
  std::ifstream in(ground.report);
  long calls = 0;
  in >> calls;
  return calls;
}

}  // namespace mibun::server
