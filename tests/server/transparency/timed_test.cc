#include <doctest/doctest.h>

#include <set>

#include "core/tlog/record.h"
#include "server/transparency/operation_names.h"
#include "server/transparency/running_operation.h"
#include "server/transparency/timed_operation.h"
#include "tests/server/transparency/gone_place.h"
#include "tests/server/transparency/logged_world.h"

// What the server throws away of its own accord.
namespace mibun::server {
namespace {

constexpr auto kLongAfter = std::chrono::hours(1);  // a registration that was begun is forgotten by then

std::size_t timed_records(const KeptLog& log) {
  std::size_t count = 0;
  for (const TimedName& one : timed_operations()) count += log.intents_of(one.name);
  return count;
}

}  // namespace

TEST_CASE("what the server's clock erases is in the log, before it goes; a run that finds nothing is not") {
  TestWorld& w = logged_world();
  w.begin_registration();
  w.clock.advance(kLongAfter);
  must(w.app->purge_expired());
  must(w.app->purge_expired());
  const KeptLog before = stop_and_read(w);
  CHECK(before.open_intents == 0);
  CHECK(before.last_outcome_of("registration.expire") == "ok");
  CHECK_FALSE(before.results_of("registration.expire").back().subject.has_value());

  must(w.app->purge_expired());
  must(w.app->purge_expired());
  CHECK(timed_records(stop_and_read(w)) == timed_records(before));

  w.begin_registration();
  must(w.app->purge_expired());  // it is not old enough
  CHECK(timed_records(stop_and_read(w)) == timed_records(before));
  w.clock.advance(kLongAfter);
  must(w.app->purge_expired());
  const KeptLog after = stop_and_read(w);
  CHECK(after.intents_of("registration.expire") == before.intents_of("registration.expire") + 1);
  CHECK(after.open_intents == 0);
}

TEST_CASE("while the log takes nothing nothing is erased, and everything is when it takes something again") {
  TestWorld& w = logged_world();
  must(w.app->purge_expired());
  const std::size_t before = stop_and_read(w).intents_of("registration.expire");
  w.begin_registration();
  w.clock.advance(kLongAfter);
  {
    const GonePlace a(w.data_directory() + "/log-tree/a"), b(w.data_directory() + "/log-tree/b");
    const Status purged = w.app->purge_expired();
    REQUIRE_FALSE(purged.has_value());
    CHECK(purged.error().code == ErrorCode::log_unavailable);
    w.app.reset();
  }
  w.app = must(App::open(w.config, w.clock, w.rng));
  must(w.app->purge_expired());
  const KeptLog log = stop_and_read(w);
  CHECK(log.intents_of("registration.expire") == before + 1);
  CHECK(log.last_outcome_of("registration.expire") == "ok");
}

TEST_CASE("how such a run ended is in the log, also when it failed behind its first row") {
  TestWorld& w = logged_world();
  std::vector<std::string> outcomes;
  must(w.app->purge_expired());
  w.app.reset();
  metrics::Metrics metrics;
  const TempDir place;
  {
    OperationLogOptions options;
    options.open_sinks = [&] {
      std::vector<std::unique_ptr<log_tree::Storage>> sinks;
      sinks.push_back(must(log_tree::DirectoryStorage::open(place.file("sink"))));
      return sinks;
    };
    options.readers.push_back(log_tree::DirectoryStorage::reading(place.file("sink")));
    options.memory = must(log_tree::DirectoryStorage::open(place.file("memory")));
    const auto signer = must(
        tlog::NoteSigner::make("log.example/ops", tlog::NoteKeyKind::ed25519,
                               std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate())));
    const auto log = must(OperationLog::open(signer, std::move(options), w.clock, metrics));
    const database::Migration migrations[] = {{1, "0001_things", "CREATE TABLE things (name TEXT NOT NULL) STRICT"}};
    CarryingDatabase database(must(database::Database::open(place.file("rows.db"), migrations)));
    const auto rows = [&] { return must(database.rows("SELECT name FROM things")).size(); };
    must(database.write([](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO things VALUES ('one'), ('two')"));
      return {};
    }));
    std::vector<std::uint64_t> intents;  // how far the log was each time the work ran
    const auto erase = [&](std::string_view sql, const Status& then) {
      return run_timed(*log, "case.expire", [&]() -> Status {
        MIBUN_CHECK(database.write([&](database::Transaction& transaction) -> Status {
          intents.push_back(log->size());
          MIBUN_CHECK(transaction.rows(sql));
          return {};
        }));
        return then;
      });
    };
    must(erase("DELETE FROM things WHERE name = 'three' RETURNING name", {}));
    CHECK(log->size() == 0);
    CHECK(intents == std::vector<std::uint64_t>{0});  // only asked
    must(erase("DELETE FROM things WHERE name = 'one' RETURNING name", {}));
    CHECK(rows() == 1);
    CHECK(intents == std::vector<std::uint64_t>{0, 0, 1});  // asked, and done behind its intent
    CHECK(erase("DELETE FROM things", fail(ErrorCode::io_error, "x")).error().code == ErrorCode::io_error);
    CHECK(rows() == 0);
    must(log->settle());
    for (const Bytes& entry : must(log->reader().bundle(0, log->head().size))) {
      const auto record = must(tlog::LogRecord::parse(entry));
      CHECK(record.operation == "case.expire");
      if (record.result) outcomes.push_back(record.result->code);
    }
  }
  CHECK(outcomes == std::vector<std::string>{"ok", "io_error"});
  w.app = must(App::open(w.config, w.clock, w.rng));
}

TEST_CASE("every operation of the clock has a name of its own and says what it is") {
  std::set<std::string_view> names;
  for (const TimedName& one : timed_operations()) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    CHECK(one.what.size() > 10);
    CHECK(tlog::LogRecord{.sequence = 0, .time = {}, .operation = std::string(one.name), .result = {}, .subject = {}}
              .encode()
              .has_value());
    for (const RouteInLog& route : routes_in_log()) CHECK(route.operation != one.name);
  }
}

}  // namespace mibun::server
