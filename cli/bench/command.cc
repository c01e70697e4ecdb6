#include "cli/bench/command.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "bench/core_bench.h"
#include "bench/core_suite.h"
#include "bench/http_bench.h"
#include "cli/bench/http_command.h"
#include "cli/bench/process_memory.h"
#include "cli/bench/store_command.h"
#include "cli/demo/child.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"

namespace mibun::cli {
namespace {

// One figure and the goal of this stage.
struct Figure {
  std::string name;
  double value = 0;
  double goal = 0;
  bool at_least = true;  // else: at most
  std::string unit;
  bool reached() const { return at_least ? value >= goal : value <= goal; }
};

struct Startup {
  double seconds = 0;
  double idle_memory_mb = 0;
};

// A second start on the same data directory: the first one makes keys and tables.
Result<Startup> measure_startup() {
  crypto::SystemRng rng;
  const std::string state =
      (std::filesystem::temp_directory_path() / ("mibun-bench-" + hex::encode(rng.bytes(8)))).string();
  struct Cleanup {
    std::string path;
    ~Cleanup() {
      std::error_code error;
      std::filesystem::remove_all(path, error);
    }
  } const cleanup{state};
  const std::vector<std::string> serve{"serve", "--data", state, "--port", "0", "--origin", "https://localhost"};
  int exit_code = 0;
  {
    MIBUN_TRY(auto first, ServerChild::start(serve, exit_code));
    first.stop();
  }
  const auto started = std::chrono::steady_clock::now();
  MIBUN_TRY(auto second, ServerChild::start(serve, exit_code));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  const Startup startup{took.count(), resident_megabytes(second.pid())};
  second.stop();
  return startup;
}

void show(const Terminal& terminal, const Figure& figure, const char* more = "") {
  std::array<char, 200> line{};
  std::snprintf(line.data(), line.size(), "  %-44s %8.3f %s   (%s %.2f)%s", figure.name.c_str(), figure.value,
                figure.unit.c_str(), figure.at_least ? ">=" : "<=", figure.goal, more);
  terminal.line(std::string(line.data()) + "  " + (figure.reached() ? terminal.good("✓") : terminal.bad("✗")));
}

Status run(const Terminal& terminal, bool as_json) {
  MIBUN_TRY(const auto library, bench::measure_library_share());
  MIBUN_TRY(const auto http, bench::measure_http_share());
  MIBUN_TRY(const Startup startup, measure_startup());
  const std::array<Figure, 4> figures{{{"presentation_library_share", library.ratio, 0.85, true, ""},
                                       {"presentation_http_share", http.ratio, 0.70, true, ""},
                                       {"startup_seconds", startup.seconds, 1.0, false, "s"},
                                       {"idle_memory_mb", startup.idle_memory_mb, 60, false, "MB"}}};
  if (as_json) {
    json::Object answer;
    for (const Figure& figure : figures) answer[figure.name] = figure.value;
    answer["raw_pairs_per_cpu_second"] = library.raw_pairs_per_second;
    answer["presentations_per_cpu_second"] = library.presentations_per_second;
    answer["http_requests_per_server_cpu_second"] = http.requests_per_second;
    answer["presentation_bytes"] = library.presentation_bytes;
    answer["crypto_library"] = crypto::library_version();
    terminal.line(json::serialize(answer));
    return {};
  }
  terminal.line(terminal.bold(terminal.say({"Verifying a presentation, as a share of two raw P-256 verifications",
                                            "提供データの検証速度(P-256 署名検証 2 回に対する比)"})));
  terminal.line(terminal.dim("  " + crypto::library_version() + ", " + std::to_string(library.presentation_bytes) +
                             " bytes, " + std::to_string(static_cast<long>(library.raw_pairs_per_second)) +
                             " raw pairs per CPU second"));
  for (const Figure& figure : figures) show(terminal, figure);
  return {};
}

void show(const Terminal& terminal, const bench::CoreRow& row) {
  std::array<char, 96> more{};
  int size = 0;
  if (row.limit > 0) {
    size = std::snprintf(more.data(), more.size(), "   signing and hashing alone: %.3f", row.limit);
  }
  if (row.allocations >= 0) {
    const auto begin = static_cast<std::size_t>(size);
    std::snprintf(more.data() + begin, more.size() - begin, "   %.0f allocations", row.allocations);
  }
  const bool timed = row.figure.empty() || row.figure.ends_with("seconds");
  Figure figure{row.benchmark, row.value, row.goal, row.at_least, timed ? row.figure : ""};
  if (row.has_goal()) {
    show(terminal, figure, more.data());
    return;
  }
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(), "  %-44s %8.3f %s%s", row.benchmark.c_str(), row.value,
                row.figure.empty() ? "microseconds" : "  (for comparison)", more.data());
  terminal.line(line.data());
}

Status run_core(const Terminal& terminal, bool as_json, const bench::CoreSettings& settings) {
  if (as_json) return bench::print_core_benchmarks_as_json(settings);
  terminal.line(terminal.bold(terminal.say({"The credential core; shares are of P-256 operations of the crypto library",
                                            "資格情報の中核(比は暗号ライブラリの P-256 演算に対するもの)"})));
  terminal.line(terminal.dim("  " + crypto::library_version()));
  MIBUN_TRY(const auto rows, bench::run_core_benchmarks(settings));
  for (const bench::CoreRow& row : rows) show(terminal, row);
  return {};
}

void add_core_command(CLI::App& bench, const Terminal& terminal, int& exit_code) {
  struct Options {
    bool as_json = false, tiny = false;
    bench::CoreSettings settings;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = bench.add_subcommand("core", "the credential core, operation by operation / 資格情報の中核");
  command->add_flag("--json", options->as_json, "as Google Benchmark's JSON");
  command->add_flag("--tiny", options->tiny, "only to see that it runs");
  command->add_option("--rounds", options->settings.rounds, "turns with the crypto library; the median counts")
      ->check(CLI::Range(1, 1000));
  command->callback([=, &terminal, &exit_code] {
    const auto settings = options->tiny ? bench::CoreSettings::tiny() : options->settings;
    const Status measured = run_core(terminal, options->as_json, settings);
    exit_code = measured ? kExitOk : terminal.report(measured.error());
  });
}

}  // namespace

void add_bench_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("bench", "speed, start-up and memory, measured here / この環境での計測");
  command->add_flag("--json", *as_json, "as JSON");
  add_core_command(*command, terminal, exit_code);
  add_http_bench_command(*command, terminal, exit_code);
  add_store_bench_command(*command, terminal, exit_code);
  command->callback([=, &terminal, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    const Status measured = run(terminal, *as_json);
    exit_code = measured ? kExitOk : terminal.report(measured.error());
  });
}

}  // namespace mibun::cli
