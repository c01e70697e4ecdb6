#include "server/transparency/operation_log.h"

#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "server/transparency/logged_routes.h"
#include "tests/platform/log_tree/world.h"
#include "tests/support/test_pki.h"

// The order of intents and results, on disks that fail.
namespace mibun::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNever = std::chrono::hours(100'000);  // longer than the machine runs

struct Disks {
  Power power;
  Disk first{power}, second{power}, memory{power};
  tlog::NoteSigner signer = make_signer("log.example/ops");
  ManualClock clock{kTestNow};
  metrics::Metrics metrics;
  milliseconds mend_pause = kNever;

  Result<std::unique_ptr<OperationLog>> open(milliseconds result_wait_max = kNever) {
    OperationLogOptions options;
    options.open_sinks = [this] {
      std::vector<std::unique_ptr<log_tree::Storage>> sinks;
      for (Disk* disk : {&first, &second}) sinks.push_back(std::make_unique<DiskStorage>(*disk));
      return sinks;
    };
    for (Disk* disk : {&first, &second}) options.readers.push_back(std::make_unique<DiskStorage>(*disk));
    options.mend_pause = mend_pause;
    options.memory = std::make_unique<DiskStorage>(memory);
    options.result_wait_max = result_wait_max;
    options.sinks_at_once = false;  // which step comes when is the point
    options.publish_every = kOnlyWhenAsked;
    return OperationLog::open(signer, std::move(options), clock, metrics);
  }
  // "card.issue", "card.issue ok 0": each record of the tree, its outcome and its intent.
  std::vector<std::string> said(Disk& disk) {
    DiskStorage storage(disk);
    const auto checked = must(log_tree::check_log(storage, signer.verifier(), {}));
    REQUIRE(checked.findings.empty());
    log_tree::StorageTiles tiles(storage);
    std::vector<std::string> out;
    for (std::uint64_t at = 0; at < checked.head->size; at += tlog::kTileWidth) {
      const tlog::TileId id = tlog::tile_at(std::nullopt, at, checked.head->size);
      const Bytes bundle = must(tiles.read(id));
      for (const BytesView entry : must(tlog::parse_bundle(bundle, id.width))) {
        const auto record = must(tlog::LogRecord::parse(entry));
        out.push_back(record.operation);
        if (record.result) out.back() += " " + record.result->code + " " + std::to_string(record.result->intent);
      }
    }
    return out;
  }
  void restart_power(Lost lost) {
    for (Disk* disk : {&first, &second, &memory}) {
      disk->lose_power(lost);
      disk->fail_from = 0;
    }
    power = {};
  }
};

using Said = std::vector<std::string>;

OperationLog::Ended ended(std::uint64_t intent, std::string outcome = "ok") {
  return {intent, "card.issue", std::move(outcome), {}};
}

// Until the log has so many records.
void wait_for(OperationLog& log, std::uint64_t size) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (log.head().size < size && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  REQUIRE(log.head().size >= size);
}

}  // namespace

TEST_CASE("a result goes along with the next intent, in one commit") {
  Disks disks;
  const auto log = must(disks.open());
  CHECK(must(log->announce("card.issue")) == 0);
  log->conclude(ended(0));
  CHECK(log->head().size == 1);  // nobody took it along yet
  const std::size_t before = disks.power.operations;
  CHECK(must(log->announce("card.issue")) == 2);
  const std::size_t one_commit = disks.power.operations - before;
  CHECK(log->head().size == 3);
  log->conclude(ended(2, "case_not_found"));
  must(log->settle());
  CHECK(disks.said(disks.first) == Said{"card.issue", "card.issue ok 0", "card.issue", "card.issue case_not_found 2"});
  CHECK(disks.said(disks.second) == disks.said(disks.first));
  // The first commit of the two alone would have cost as much.
  const std::size_t then = disks.power.operations;
  CHECK(must(log->announce("card.issue")) == 4);
  CHECK(disks.power.operations - then <= one_commit + 2);
}

TEST_CASE("a result that nobody takes along goes by itself after a moment, and at the end in any case") {
  Disks disks;
  auto log = must(disks.open(milliseconds(1)));
  const auto intent = must(log->announce("card.issue"));
  log->conclude(ended(intent));
  wait_for(*log, 2);
  log.reset();
  log = must(disks.open());  // which would wait for ever
  log->conclude(ended(must(log->announce("card.issue"))));
  log.reset();
  CHECK(disks.said(disks.first).size() == 4);
  CHECK(disks.said(disks.first).back() == "card.issue ok 2");
}

TEST_CASE("a result goes by itself also where the one before it was taken along while the thread was waking") {
  Disks d;
  const auto log = must(d.open(milliseconds(0)));
  for (int round = 0; round < 200; ++round) {
    log->conclude(ended(must(log->announce("card.issue"))));
    log->conclude(ended(must(log->announce("card.issue"))));
    const std::uint64_t all = 4 * (static_cast<std::uint64_t>(round) + 1);
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (log->size() < all && std::chrono::steady_clock::now() < late) std::this_thread::yield();
    REQUIRE(log->size() == all);
  }
}

TEST_CASE("an outcome that is no word of the log is unknown, and keeps no other record out") {
  Disks disks;
  const auto log = must(disks.open());
  const auto intent = must(log->announce("card.issue"));
  log->conclude(ended(intent, "not a code"));
  CHECK(log->announce("card.issue").has_value());
  CHECK(log->head().size == 3);
  CHECK(disks.said(disks.first)[1] == "card.issue unknown 0");
  CHECK_FALSE(log->announce("no name").has_value());
  CHECK(log->announce("card.issue").has_value());
}

TEST_CASE("an operation that a crash cut off is closed by the next start, once, without guessing") {
  for (const Lost lost : {Lost::name_gone, Lost::name_kept}) {
    Disks disks;
    auto log = must(disks.open());
    const auto first = must(log->announce("card.issue"));
    const auto second = must(log->announce("account.erase"));
    log->conclude(ended(first));
    // The power goes here: the second one runs, the result of the first waits.
    disks.power.off_at = disks.power.operations + 1;
    log.reset();
    disks.restart_power(lost);
    log = must(disks.open());
    CHECK(disks.said(disks.first) ==
          Said{"card.issue", "account.erase", "card.issue unknown 0", "account.erase unknown 1"});
    CHECK(second == 1);
    log.reset();
    log = must(disks.open());
    CHECK(log->head().size == 4);
  }
}

TEST_CASE("power lost at any step leaves no intent without a result after the next start, and no result that was not") {
  std::size_t steps = 0;
  {
    Disks disks;
    auto log = must(disks.open());
    const std::size_t begun = disks.power.operations;
    for (int i = 0; i < 3; ++i) log->conclude(ended(must(log->announce("card.issue"))));
    log.reset();
    steps = disks.power.operations - begun;
  }
  REQUIRE(steps > 20);
  for (std::size_t step = 1; step <= steps + 1; ++step) {
    INFO(step);
    Disks disks;
    auto log = must(disks.open());
    disks.power.off_at = disks.power.operations + step;
    std::set<std::uint64_t> acknowledged;
    for (int i = 0; i < 3; ++i) {
      const auto intent = log->announce("card.issue");
      if (!intent) {
        CHECK(intent.error().code == ErrorCode::log_unavailable);
        break;
      }
      acknowledged.insert(*intent);
      log->conclude(ended(*intent));
    }
    log.reset();
    disks.restart_power(Lost::name_gone);
    log = must(disks.open());
    log.reset();
    std::set<std::uint64_t> intents, results;
    const Said records = disks.said(disks.first);
    for (std::uint64_t i = 0; i < records.size(); ++i) {
      const std::size_t last = records[i].rfind(' ');
      if (last == std::string::npos) {
        intents.insert(i);
      } else {
        CHECK(results.insert(std::stoull(records[i].substr(last + 1))).second);
      }
    }
    CHECK(intents == results);
    for (const std::uint64_t one : acknowledged) CHECK(intents.contains(one));
  }
}

TEST_CASE("one sink gone: operations go on; the last one gone: none begins, and what waited is said to be lost") {
  Disks disks;
  auto log = must(disks.open());
  disks.second.fail_from = disks.second.operations + 1;
  const auto first = must(log->announce("card.issue"));
  CHECK(log->health() == log_tree::WriterHealth::degraded);
  log->conclude(ended(first));
  must(log->settle());
  const auto second = must(log->announce("card.issue"));
  disks.first.fail_from = disks.first.operations + 1;
  log->conclude(ended(second));
  for (int i = 0; i < 3; ++i) {
    const auto refused = log->announce("card.issue");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::log_unavailable);
  }
  CHECK(log->health() == log_tree::WriterHealth::refusing);
  CHECK(log->settle().error().code == ErrorCode::log_unavailable);
  CHECK(disks.metrics.text().find("mibun_events_total{event=\"log_result_not_written\"} 1") != std::string::npos);
  bool ran = false;
  const Status deed = run_in_log(*log, "keys.rotate", [&]() -> Status {
    ran = true;
    return {};
  });
  CHECK_FALSE(ran);
  CHECK(deed.error().code == ErrorCode::log_unavailable);
  log.reset();
  disks.restart_power(Lost::name_kept);
  log = must(disks.open());
  CHECK(disks.said(disks.first).back() == "card.issue unknown " + std::to_string(second));
  CHECK(disks.said(disks.second) == disks.said(disks.first));
}

TEST_CASE("when its disks are well again the log goes on by itself, and closes what it lost and nothing that runs") {
  Disks disks;
  disks.mend_pause = milliseconds(0);
  auto log = must(disks.open());
  const auto runs = must(log->announce("card.issue"));
  const auto lost = must(log->announce("card.issue"));
  log->conclude(ended(lost));
  disks.first.fail_from = disks.first.operations + 1;
  disks.second.fail_from = disks.second.operations + 1;
  for (int i = 0; i < 3; ++i) CHECK(log->announce("card.issue").error().code == ErrorCode::log_unavailable);
  CHECK(log->health() == log_tree::WriterHealth::refusing);
  disks.first.fail_from = 0;
  const auto after = must(log->announce("card.issue"));
  CHECK(log->health() == log_tree::WriterHealth::degraded);
  CHECK(log->head().size == 4);
  CHECK(disks.said(disks.first) ==
        Said{"card.issue", "card.issue", "card.issue unknown " + std::to_string(lost), "card.issue"});
  // The other place comes back when somebody looks after it.
  log->keep_up();
  CHECK(log->health() == log_tree::WriterHealth::degraded);
  disks.second.fail_from = 0;
  log->keep_up();
  CHECK(log->health() == log_tree::WriterHealth::whole);
  log->conclude(ended(runs));
  log->conclude(ended(after));
  must(log->settle());
  CHECK(disks.said(disks.first).size() == 6);
  CHECK(disks.said(disks.second) == disks.said(disks.first));
}

TEST_CASE("a checkpoint that somebody asks for has everything that was acknowledged before") {
  Disks disks;
  const auto log = must(disks.open());
  static_cast<void>(must(log->announce("card.issue")));
  CHECK(log->size() == 1);
  CHECK(log->published().size == 0);  // nobody asked
  const auto signed_head = must(tlog::SignedCheckpoint::open(log->checkpoint(), disks.signer.verifier()));
  CHECK(signed_head.head().size == 1);
  static_cast<void>(must(log->announce("card.issue")));
  CHECK(log->head().size == 2);
  // While it refuses, the last one there is.
  static_cast<void>(must(log->announce("card.issue")));
  disks.first.fail_from = disks.first.operations + 1;
  disks.second.fail_from = disks.second.operations + 1;
  CHECK(log->head().size == 2);
  CHECK(log->health() == log_tree::WriterHealth::refusing);
  CHECK(must(tlog::SignedCheckpoint::open(log->checkpoint(), disks.signer.verifier())).head().size == 2);
}

TEST_CASE("whoever comes while the log refuses does not open it anew each time") {
  Disks disks;
  auto log = must(disks.open());
  disks.first.fail_from = disks.first.operations + 1;
  disks.second.fail_from = disks.second.operations + 1;
  CHECK_FALSE(log->announce("card.issue").has_value());
  disks.first.fail_from = disks.second.fail_from = 0;
  CHECK_FALSE(log->announce("card.issue").has_value());
  log->keep_up();
  CHECK(log->announce("card.issue").has_value());
}

TEST_CASE("the mark goes along, and never past what runs") {
  Disks disks;
  auto log = must(disks.open());
  const auto first = must(log->announce("card.issue"));
  const auto second = must(log->announce("card.issue"));
  log->conclude(ended(first));
  must(log->settle());
  DiskStorage memory(disks.memory);
  log->keep_up();
  CHECK(as_text(must(memory.read("settled", 64))) == std::to_string(second));
  log->conclude(ended(second));
  must(log->settle());
  log->keep_up();
  CHECK(as_text(must(memory.read("settled", 64))) == "4");
}

TEST_CASE("what was settled is not looked at again, and a mark that cannot be right is not believed") {
  Disks disks;
  auto log = must(disks.open());
  static_cast<void>(must(log->announce("card.issue")));
  disks.power.off_at = disks.power.operations + 1;
  log.reset();
  disks.restart_power(Lost::name_kept);
  for (const char* mark : {"99", "x", "", "-1"}) {
    INFO(mark);
    DiskStorage memory(disks.memory);
    must(log_tree::replace_file(memory, "settled", mark));
    log = must(disks.open());
    CHECK(disks.said(disks.first) == Said{"card.issue", "card.issue unknown 0"});
    log.reset();
  }
  DiskStorage memory(disks.memory);
  CHECK(as_text(must(memory.read("settled", 64))) == "2");
}

TEST_CASE("many at once: every intent has its result, and few commits have many records") {
  Disks disks;
  auto log = must(disks.open(milliseconds(1)));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        const auto intent = log->announce("card.issue");
        if (intent) log->conclude(ended(*intent));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  must(log->settle());
  CHECK(log->head().size == 8 * 40 * 2);
  log.reset();
  DiskStorage storage(disks.first);
  const auto checked = must(log_tree::check_log(storage, disks.signer.verifier(), {}));
  CHECK(checked.findings.empty());
  CHECK(checked.open_intents == 0);
}

}  // namespace mibun::server
