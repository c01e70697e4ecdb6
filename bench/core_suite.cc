#include "bench/core_suite.h"

#include <benchmark/benchmark.h>

#include <memory>

#include "bench/allocations.h"
#include "bench/blob_bench.h"
#include "bench/card_box.h"
#include "bench/core_bench.h"
#include "bench/jws_bench.h"
#include "bench/mdoc_bench.h"
#include "bench/raw_limit.h"
#include "bench/rounds.h"
#include "bench/status_bench.h"
#include "core/crypto/hash.h"
#include "core/crypto/point_tables.h"

namespace mibun::bench {
namespace {

using State = benchmark::State;

constexpr const char* kAllocations = "allocations";
constexpr int kClaimsOfGoal = 22;

const Goal* goal_of(const std::string& benchmark) {
  for (const Goal& goal : core_goals()) {
    if (goal.benchmark == benchmark) return &goal;
  }
  return nullptr;
}

void skip(State& state, const Error& error) {
  state.SkipWithError((std::string(to_string(error.code)) + " at " + error.where).c_str());
}

// One operation, timed by Google Benchmark.
template <class Work>
void time_operation(State& state, Work&& work) {
  for (auto _ : state) {
    if (const Status done = work(); !done) return skip(state, done.error());
  }
  state.counters[kAllocations] = allocations_of(work);
}

// An operation as a share of what the crypto library does alone; one "iteration" is all the rounds.
template <class Raw, class Work>
void time_share(State& state, const CoreSettings& settings, Raw&& raw, Work&& work) {
  for (auto _ : state) {
    const auto share = measure_share(settings.rounds, settings.turn, raw, work);
    if (!share) return skip(state, share.error());
    state.counters["share"] = share->ratio;
    state.counters["per_second"] = share->per_second;
    state.counters["raw_per_second"] = share->raw_per_second;
    state.counters[kAllocations] = allocations_of(work);
  }
}

// Issuing, and beside it what has to be signed, drawn and hashed for such a credential whoever issues it.
template <class Raw, class Limit, class Work>
void time_issuing(State& state, const CoreSettings& settings, Raw&& raw, Limit&& limit, Work&& work) {
  time_share(state, settings, raw, work);
  if (state.error_occurred()) return;
  const auto share = measure_share(settings.rounds, settings.turn, raw, limit);
  if (!share) return skip(state, share.error());
  state.counters["limit"] = share->ratio;
}

// While this lives, every key is one that was not seen before.
struct NoPointTables {
  NoPointTables() { crypto::set_point_tables_max(0); }
  ~NoPointTables() { crypto::set_point_tables_max(crypto::kPointTablesMax); }
  NoPointTables(const NoPointTables&) = delete;
  NoPointTables& operator=(const NoPointTables&) = delete;
};

// What each benchmark works on, made once.
struct Subjects {
  PresentationBench sd_jwt, other_sd_jwt;
  MdocBench mdoc;
  CardBoxBench dcql;
  StatusBench status;
  BlobBench blob;
  JwsBench jws;
  RawLimit raw;

  static Result<std::shared_ptr<Subjects>> make() {
    MIBUN_TRY(auto sd_jwt, PresentationBench::make());
    MIBUN_TRY(auto other, PresentationBench::make());
    MIBUN_TRY(auto mdoc, MdocBench::make());
    MIBUN_TRY(auto dcql, CardBoxBench::make());
    MIBUN_TRY(auto status, StatusBench::make());
    MIBUN_TRY(auto blob, BlobBench::make());
    MIBUN_TRY(auto jws, JwsBench::make());
    return std::shared_ptr<Subjects>(new Subjects{.sd_jwt = std::move(sd_jwt),
                                                  .other_sd_jwt = std::move(other),
                                                  .mdoc = std::move(mdoc),
                                                  .dcql = std::move(dcql),
                                                  .status = std::move(status),
                                                  .blob = std::move(blob),
                                                  .jws = std::move(jws)});
  }
  static Status done(bool good) { return good ? Status() : fail(ErrorCode::internal_error, "raw_limit"); }
};

using Operation = std::function<Status()>;

void add_share(const char* name, const CoreSettings& settings, Operation raw, Operation work) {
  benchmark::RegisterBenchmark(name, [=](State& state) { time_share(state, settings, raw, work); })->Iterations(1);
}

// For several sizes of card, because the signature is the same for each: the goal is of the largest.
template <class Subject>
Status add_issuing(const std::string& name, const CoreSettings& settings, const std::shared_ptr<Subjects>& all,
                   Subject Subjects::* subject) {
  const Operation raw = [all] { return Subjects::done(all->raw.sign_one()); };
  for (const int claims : {kClaimsOfGoal, 10, 4}) {
    MIBUN_TRY(const IssueWork needed, ((*all).*subject).issue_work(claims));
    const Operation limit = [all, needed] { return Subjects::done(all->raw.sign_after(needed)); };
    const Operation work = [all, subject, claims] { return ((*all).*subject).issue(claims); };
    const std::string row = claims == kClaimsOfGoal ? name : name + "_of_" + std::to_string(claims);
    benchmark::RegisterBenchmark(row.c_str(), [=](State& state) {
      time_issuing(state, settings, raw, limit, work);
    })->Iterations(1);
  }
  return {};
}

void add_share_without_tables(const char* name, const CoreSettings& settings, Operation raw, Operation work) {
  benchmark::RegisterBenchmark(name, [=](State& state) {
    const NoPointTables none;
    time_share(state, settings, raw, work);
  })->Iterations(1);
}

void add_operation(const char* name, const CoreSettings& settings, Operation work) {
  benchmark::RegisterBenchmark(name, [=](State& state) { time_operation(state, work); })
      ->Unit(benchmark::kMicrosecond)
      ->MinTime(settings.seconds_min);
}

Status register_all(const CoreSettings& settings) {
  MIBUN_TRY(const std::shared_ptr<Subjects> all, Subjects::make());
  const Operation verify_two = [all] { return Subjects::done(all->raw.verify_two()); };
  const Operation verify_one = [all] { return Subjects::done(all->raw.verify_one()); };
  const Operation sign_one = [all] { return Subjects::done(all->raw.sign_one()); };
  benchmark::ClearRegisteredBenchmarks();
  add_share("verify_sd_jwt_vc_presentation", settings, verify_two, [all] { return all->sd_jwt.verify(); });
  add_share("verify_mdoc_device_response", settings, verify_two, [all] { return all->mdoc.verify(); });
  add_share_without_tables("verify_sd_jwt_vc_of_new_issuer", settings, verify_two,
                           [all] { return all->sd_jwt.verify(); });
  add_share_without_tables("verify_mdoc_of_new_issuer", settings, verify_two, [all] { return all->mdoc.verify(); });
  MIBUN_CHECK(add_issuing("issue_sd_jwt_vc", settings, all, &Subjects::sd_jwt));
  MIBUN_CHECK(add_issuing("issue_mdoc", settings, all, &Subjects::mdoc));
  add_share("sign_proof_jwt", settings, sign_one, [all] { return all->jws.sign(); });
  add_share("verify_proof_jwt", settings, verify_one, [all] { return all->jws.verify(); });
  const Operation encrypt_file = [all] { return Subjects::done(all->raw.encrypt(BlobBench::kContentBytes)); };
  add_share("seal_file_2mb", settings, encrypt_file, [all] { return all->blob.seal(); });
  add_share("open_file_2mb", settings, encrypt_file, [all] { return all->blob.open(); });
  benchmark::RegisterBenchmark("two_threads", [=](State& state) {
    for (auto _ : state) {
      const auto times = measure_two_threads(
          settings.rounds, settings.turn, [all] { return all->sd_jwt.verify(); },
          [all] { return all->other_sd_jwt.verify(); });
      if (!times) return skip(state, times.error());
      state.counters["times"] = *times;
    }
  })->Iterations(1);
  add_operation("dcql_100_cards", settings, [all] { return all->dcql.select(); });
  add_operation("dcql_parse_query", settings, [all] { return all->dcql.parse(); });
  add_operation("status_bit_cached", settings, [all] { return all->status.check_cached(); });
  add_operation("status_list_1m_build_and_sign", settings, [all] { return all->status.build_and_sign(); });
  add_operation("status_list_1m_verify", settings, [all] { return all->status.verify(); });
  return {};
}

// Keeps what was measured instead of printing it.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) failed = run.run_name.function_name + ": " + run.error_message;
      rows.push_back(row_of(run));
    }
  }
  std::vector<CoreRow> rows;
  std::string failed;

 private:
  static double counter(const Run& run, const std::string& name, double absent) {
    const auto found = run.counters.find(name);
    return found == run.counters.end() ? absent : found->second.value;
  }
  static CoreRow row_of(const Run& run) {
    CoreRow row{.benchmark = run.run_name.function_name, .figure = {}, .allocations = counter(run, kAllocations, -1)};
    row.limit = counter(run, "limit", 0);
    row.value = run.GetAdjustedCPUTime();  // in the unit: microseconds
    const Goal* goal = goal_of(row.benchmark);
    if (goal == nullptr) {
      if (!run.counters.contains("share")) return row;
      row.figure = "share";  // for comparison only
      row.value = counter(run, row.figure, 0);
      return row;
    }
    row.figure = goal->figure;
    row.goal = goal->goal;
    row.at_least = goal->at_least;
    if (row.figure == "milliseconds") row.value /= 1000;
    row.value = counter(run, row.figure, row.value);
    return row;
  }
};

// Google Benchmark reads its options from a command line.
void initialize() {
  static std::string program = "mibun";
  static char* arguments[] = {program.data(), nullptr};
  int count = 1;
  benchmark::Initialize(&count, arguments);
}

}  // namespace

const std::vector<Goal>& core_goals() {
  static const std::vector<Goal> goals{{"verify_sd_jwt_vc_presentation", "share", 0.92, true},
                                       {"verify_mdoc_device_response", "share", 0.92, true},
                                       {"issue_sd_jwt_vc", "share", 0.90, true},
                                       {"issue_mdoc", "share", 0.90, true},
                                       {"seal_file_2mb", "share", 0.80, true},
                                       {"open_file_2mb", "share", 0.80, true},
                                       {"two_threads", "times", 1.9, true},
                                       {"dcql_100_cards", "microseconds", 50, false},
                                       {"status_bit_cached", "microseconds", 1, false},
                                       {"status_list_1m_build_and_sign", "milliseconds", 50, false}};
  return goals;
}

Result<std::vector<CoreRow>> run_core_benchmarks(const CoreSettings& settings) {
  initialize();
  MIBUN_CHECK(register_all(settings));
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  if (!collector.failed.empty()) return fail(ErrorCode::internal_error, collector.failed);
  return std::move(collector.rows);
}

Status print_core_benchmarks_as_json(const CoreSettings& settings) {
  initialize();
  benchmark::AddCustomContext("crypto_library", crypto::library_version());
  for (const Goal& goal : core_goals()) {
    const std::string bound = (goal.at_least ? ">= " : "<= ") + std::to_string(goal.goal);
    benchmark::AddCustomContext("goal." + goal.benchmark, goal.figure + " " + bound);
  }
  MIBUN_CHECK(register_all(settings));
  benchmark::JSONReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::ClearRegisteredBenchmarks();
  return {};
}

}  // namespace mibun::bench
