#include "cli/bench/durable_deed.h"

#include <time.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "bench/log_of_two.h"
#include "bench/pinning.h"
#include "core/crypto/hash.h"
#include "platform/database/database.h"

namespace mibun::cli {
namespace {

constexpr database::Migration kTable{1, "0001_bench", "CREATE TABLE deeds (deed_id BLOB NOT NULL PRIMARY KEY);"};
constexpr std::size_t kIdBytes = 16;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The result of the deed before, and the intent of this one; then the row.
Status do_deed(log_tree::LogWriter& log, database::Database& database, std::optional<std::uint64_t>& intent, Rng& rng) {
  const std::array<log_tree::EntryMaker, 2> entries = {[before = intent.value_or(0)](std::uint64_t index) {
                                                         return bench::operation_record(index,
                                                                                        tlog::LogOutcome{before, "ok"});
                                                       },
                                                       [&](std::uint64_t index) {
                                                         intent = index;
                                                         return bench::operation_record(index);
                                                       }};
  MIBUN_CHECK(log.append(std::span(entries).subspan(intent ? 0 : 1)));
  const Bytes id = rng.bytes(kIdBytes);
  return database.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("INSERT INTO deeds (deed_id) VALUES ($1)", id));
    return {};
  });
}

Result<double> measure(const std::string& folder, int people, int deeds) {
  MIBUN_TRY(const auto log, bench::open_log_of_two(folder));
  MIBUN_TRY(const auto database, database::Database::open(folder + "/deeds.db", {&kTable, 1}));
  crypto::SystemRng rng;
  std::atomic<int> begun = 0;
  std::vector<Status> outcomes(static_cast<std::size_t>(people));
  const double before = cpu_seconds();
  {
    std::vector<std::jthread> threads;
    for (Status& outcome : outcomes) {
      threads.emplace_back([&] {
        std::optional<std::uint64_t> intent;  // of the deed before
        while (outcome && begun++ < deeds) outcome = do_deed(*log, *database, intent, rng);
      });
    }
  }
  for (const Status& outcome : outcomes) MIBUN_CHECK(Status(outcome));
  return (cpu_seconds() - before) / deeds;
}

}  // namespace

Result<double> durable_deed_seconds(const std::string& folder, int people, int deeds) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const bench::Cpus cpus = bench::two_cpus();
  bench::run_on(cpus.server);  // the threads of the log and the database inherit it
  Result<double> seconds = measure(folder, people, deeds);
  bench::run_on(cpus.client);
  std::filesystem::remove_all(folder, ignored);
  return seconds;
}

}  // namespace mibun::cli
