#include "cli/bench/store_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "cli/bench/store_bench.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"

namespace mibun::cli {
namespace {

constexpr double kOperationsGoal = 3000;  // or the disk's own limit, where that is less

struct StoreBenchOptions {
  std::string directory = ".";
  int rounds = 5;
  std::size_t writers = 256, people = 1000;
  bool as_json = false, tiny = false;
};

// Made for one run, on the disk that is asked about, and removed with it.
class ScratchDirectory {
 public:
  ScratchDirectory(const std::string& parent, Rng& rng)
      : path_(parent + "/mibun-bench-" + base64url::encode(rng.bytes(9))) {}
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Spread {
  double min = 0, median = 0, max = 0;
};
Spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  return {values.front(), values[values.size() / 2], values.back()};
}

struct Report {
  Spread operations, syncs, operations_per_sync, seal_share, open_share, seals, opens, round_trip_us, round_trip_p99_us;
};

template <class Result, class Value>
Spread spread(const std::vector<Result>& results, Value value) {
  std::vector<double> values;
  for (const Result& one : results) values.push_back(std::invoke(value, one));
  return spread_of(std::move(values));
}

Result<Report> measure(const StoreBenchOptions& options) {
  const milliseconds turn(options.tiny ? 30 : 1000);
  crypto::SystemRng rng;
  std::vector<DurableShare> durable;
  std::vector<SealingShare> sealing;
  std::vector<RoundTrip> trips;
  for (int round = 0; round < options.rounds; ++round) {
    const ScratchDirectory scratch(options.directory, rng);
    std::error_code failed;
    std::filesystem::create_directories(scratch.path(), failed);
    if (failed) return fail(ErrorCode::io_error, scratch.path(), failed.message());
    MIBUN_TRY(const auto one, measure_durable(scratch.path() + "/durable", options.writers, turn, rng));
    durable.push_back(one);
    MIBUN_TRY(const auto two, measure_sealing(scratch.path() + "/sealing", options.people, turn, rng));
    sealing.push_back(two);
    MIBUN_TRY(const auto three, measure_round_trip(scratch.path() + "/trips", options.tiny ? 100 : 20'000, rng));
    trips.push_back(three);
  }
  const auto per_sync = [](const DurableShare& one) { return one.operations_per_second / one.syncs_per_second; };
  return Report{.operations = spread(durable, &DurableShare::operations_per_second),
                .syncs = spread(durable, &DurableShare::syncs_per_second),
                .operations_per_sync = spread(durable, per_sync),
                .seal_share = spread(sealing, &SealingShare::seal_ratio),
                .open_share = spread(sealing, &SealingShare::open_ratio),
                .seals = spread(sealing, &SealingShare::seals_per_second),
                .opens = spread(sealing, &SealingShare::opens_per_second),
                .round_trip_us = spread(trips, &RoundTrip::median_us),
                .round_trip_p99_us = spread(trips, &RoundTrip::p99_us)};
}

struct Row {
  const char* name;
  Spread Report::* figure;
  const char* unit;
};
constexpr Row kRows[] = {
    {"durable_operations", &Report::operations, "/s"},
    {"disk_fdatasync", &Report::syncs, "/s"},
    {"operations_per_fdatasync", &Report::operations_per_sync, ""},
    {"seal_share", &Report::seal_share, ""},
    {"open_share", &Report::open_share, ""},
    {"sealed_records", &Report::seals, "/s"},
    {"opened_records", &Report::opens, "/s"},
    {"key_holder_median", &Report::round_trip_us, "us"},
    {"key_holder_p99", &Report::round_trip_p99_us, "us"},
};

void show(const Terminal& terminal, const Report& report, const StoreBenchOptions& options) {
  terminal.line(terminal.bold(terminal.say({"Storing, next to what this disk and the crypto library can do at most",
                                            "保存の速度(この環境のディスクと暗号ライブラリの限界と並べて)"})));
  terminal.line(terminal.dim("  " + crypto::library_version()));
  std::array<char, 200> line{};
  for (const Row& row : kRows) {
    const Spread& figure = report.*row.figure;
    std::snprintf(line.data(), line.size(), "  %-28s min %10.2f  median %10.2f  max %10.2f %s", row.name, figure.min,
                  figure.median, figure.max, row.unit);
    std::string text = line.data();
    if (row.figure == &Report::operations) {
      const double goal = std::min(kOperationsGoal, report.syncs.median);
      std::snprintf(line.data(), line.size(), "   (>= %.0f)  ", goal);
      text += line.data() + (figure.median >= goal ? terminal.good("✓") : terminal.bad("✗"));
    }
    terminal.line(text);
  }
  std::snprintf(line.data(), line.size(), "  %zu writers at once; records of 1 KiB of %zu people, each with a key",
                options.writers, options.people);
  terminal.line(terminal.dim(line.data()));
}

std::string as_json(const Report& report) {
  json::Object answer;
  for (const Row& row : kRows) {
    const Spread& figure = report.*row.figure;
    answer[row.name] = json::Object{{"min", figure.min}, {"median", figure.median}, {"max", figure.max}};
  }
  answer["crypto_library"] = crypto::library_version();
  return json::serialize(answer);
}

int run(const Terminal& terminal, StoreBenchOptions options) {
  if (options.tiny) {
    options.rounds = 1;
    options.writers = 4;
    options.people = 10;
  }
  const auto report = measure(options);
  if (!report) return terminal.report(report.error());
  if (options.as_json) {
    terminal.line(as_json(*report));
  } else {
    show(terminal, *report, options);
  }
  return kExitOk;
}

}  // namespace

void add_store_bench_command(CLI::App& bench, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<StoreBenchOptions>();
  CLI::App* command = bench.add_subcommand("store", "durable operations and sealed records / 保存と暗号化");
  command->add_flag("--json", options->as_json, "as JSON");
  command->add_flag("--tiny", options->tiny, "only to see that it runs");
  command->add_option("--directory", options->directory, "a folder on the disk that is asked about")
      ->capture_default_str();
  command->add_option("--rounds", options->rounds, "turns; min, median and max are told")->check(CLI::Range(1, 1000));
  command->add_option("--writers", options->writers, "who store at the same time")->check(CLI::Range(1, 4096));
  command->add_option("--people", options->people, "whose records are sealed")->check(CLI::Range(1, 100'000));
  command->callback([=, &terminal, &exit_code] { exit_code = run(terminal, *options); });
}

}  // namespace mibun::cli
