#include "server/single_use/single_use.h"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "server/migrations/migrations.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// What a door claims: when it becomes a row, with what, and who gets it besides.
namespace mibun::server {
namespace {

constexpr database::Migration kEffects{999, "0999_effects", "CREATE TABLE effects (what TEXT NOT NULL)"};
constexpr std::string_view kKind = "test";

// A database that can be told to refuse every write, or to read nothing.
class StoppedDatabase final : public database::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  Status write(const std::function<Status(database::Transaction&)>& work) override {
    if (stopped) return fail(ErrorCode::database_error, "write", "stopped");
    ++writes;
    return below().write(work);
  }
  Status read(const std::function<Status(database::Transaction&)>& work) override {
    if (unreadable) return fail(ErrorCode::database_error, "read", "stopped");
    return below().read(work);
  }
  bool stopped = false, unreadable = false;
  int writes = 0;
};

struct Site {
  Site() {
    std::vector<database::Migration> all(migrations().begin(), migrations().end());
    all.push_back(kEffects);
    disk = must(database::Database::open(directory.file("db"), all));
    stopped.emplace(*disk);
    uses.emplace(*stopped);
  }

  SingleUses::Use use(std::string_view value = "once") const {
    return {.kind = kKind,
            .value = to_bytes(as_bytes(value)),
            .expires = kTestNow + std::chrono::minutes(1),
            .replayed = ErrorCode::dpop_replayed};
  }
  Status effect(std::string_view what = "done") {
    return uses->write([&](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO effects (what) VALUES ($1)", what));
      return {};
    });
  }
  // A request whose handler does this; the status of its answer, 200 where the handler refuses nothing.
  int request(const std::function<Status()>& handler) {
    const http::ServerRequest asked;
    return uses
        ->around(asked,
                 [&]() -> http::ServerResponse {
                   const Status done = handler();
                   if (!done) return refuse(done.error(), asked);
                   return json_answer("{}");
                 })
        .status;
  }
  std::int64_t count(const std::string& table) { return must(disk->row("SELECT COUNT(*) FROM " + table))->integer(0); }
  std::int64_t used() { return count("single_use"); }
  std::int64_t effects() { return count("effects"); }

  TempDir directory;
  std::unique_ptr<database::Database> disk;
  std::optional<StoppedDatabase> stopped;
  std::optional<SingleUses> uses;
};

}  // namespace

TEST_CASE("what a request uses up becomes a row with its first write, in the same transaction") {
  Site site;
  const auto first = [](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows, transaction.rows("SELECT kind FROM single_use"));
    CHECK(rows.size() == 1);
    MIBUN_CHECK(transaction.run("INSERT INTO effects (what) VALUES ('first')"));
    return {};
  };
  const int status = site.request([&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use()));
    CHECK(site.used() == 0);
    MIBUN_CHECK(site.uses->write(first));
    return site.effect("second");
  });
  CHECK(status == 200);
  CHECK(site.used() == 1);
  CHECK(site.effects() == 2);
  CHECK(site.stopped->writes == 2);
}

TEST_CASE("a request that changes nothing has used it up all the same when it is answered") {
  Site site;
  CHECK(site.request([&] { return site.uses->claim(site.use()); }) == 200);
  CHECK(site.used() == 1);
  // Refused after the door.
  const auto refused = [&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use("another")));
    return fail(ErrorCode::request_malformed, "body");
  };
  CHECK(site.request(refused) == 400);
  CHECK(site.used() == 2);
  // Its write was taken back: what it used up was not.
  const auto taken_back = [&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use("a third")));
    return site.uses->write([&](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO effects (what) VALUES ('never')"));
      return fail(ErrorCode::request_malformed, "body");
    });
  };
  CHECK(site.request(taken_back) == 400);
  CHECK(site.used() == 3);
  CHECK(site.effects() == 0);
}

TEST_CASE("who claims what is used, or what another request has, gets no further") {
  Site site;
  const auto code_of_claim = [&] { return code_of(site.uses->claim(site.use())); };
  site.request([&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use()));
    // While this one runs: in another request, on another thread, outside of any.
    std::thread([&] {
      site.request([&]() -> Status {
        CHECK(code_of_claim() == ErrorCode::dpop_replayed);
        return {};
      });
      CHECK(code_of_claim() == ErrorCode::dpop_replayed);
    }).join();
    CHECK(code_of_claim() == ErrorCode::dpop_replayed);
    CHECK(site.uses->claim(site.use("another value")).has_value());
    SingleUses::Use other_kind = site.use();
    other_kind.kind = "another kind";
    CHECK(site.uses->claim(other_kind).has_value());
    return {};
  });
  CHECK(site.used() == 3);
  bool got_further = false;
  const auto again = [&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use()));
    got_further = true;
    return {};
  };
  CHECK(site.request(again) == problem_text(ErrorCode::dpop_replayed).status);
  CHECK_FALSE(got_further);
  CHECK(code_of_claim() == ErrorCode::dpop_replayed);
}

TEST_CASE("a deed whose proof became a row elsewhere meanwhile is taken back") {
  Site site;
  const int status = site.request([&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use()));
    // As another program with the same database would.
    must(site.disk->write([&](database::Transaction& transaction) {
      const SingleUses::Use use = site.use();
      return use_once(transaction, use.kind, use.value, use.expires, use.replayed);
    }));
    return site.effect();
  });
  CHECK(status == problem_text(ErrorCode::dpop_replayed).status);
  CHECK(site.effects() == 0);
}

TEST_CASE("what belongs to the use is in its transaction, and its refusal is the deed's") {
  Site site;
  const auto with = [&](std::string_view value, const Status& outcome) {
    SingleUses::Use use = site.use(value);
    use.also = [outcome](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO effects (what) VALUES ('also')"));
      return outcome;
    };
    return use;
  };
  const Status good, bad = fail(ErrorCode::assertion_invalid, "counter");
  const auto deed = [&](std::string_view value, const Status& outcome) {
    return site.request([&]() -> Status {
      MIBUN_CHECK(site.uses->claim(with(value, outcome)));
      return site.effect();
    });
  };
  CHECK(deed("a", good) == 200);
  CHECK(site.effects() == 2);
  CHECK(deed("b", bad) == problem_text(ErrorCode::assertion_invalid).status);
  CHECK(site.effects() == 2);
  CHECK(site.used() == 1);
  // Where nothing else is written, the answer is the refusal.
  CHECK(site.request([&] { return site.uses->claim(with("c", bad)); }) ==
        problem_text(ErrorCode::assertion_invalid).status);
  CHECK(site.used() == 1);
}

TEST_CASE("a handler that throws has used up what it claimed") {
  Site site;
  const auto throws = [&]() -> Status {
    must(site.uses->claim(site.use()));
    throw std::runtime_error("a handler's mistake");
  };
  CHECK_THROWS_AS(site.request(throws), std::runtime_error);
  CHECK(site.used() == 1);
}

TEST_CASE("outside of a request a claim is a row when it returns") {
  Site site;
  must(site.uses->claim(site.use()));
  CHECK(site.used() == 1);
  // And in the request of another house it is, too.
  Site other;
  other.request([&]() -> Status {
    MIBUN_CHECK(site.uses->claim(site.use("other")));
    CHECK(site.used() == 2);
    return {};
  });
  CHECK(other.used() == 0);
}

TEST_CASE("a request that could not use up its proof gets no answer, and the proof stays good") {
  Site site;
  site.stopped->stopped = true;
  CHECK(site.request([&] { return site.uses->claim(site.use()); }) == problem_text(ErrorCode::database_error).status);
  CHECK(code_of(site.uses->claim(site.use())) == ErrorCode::database_error);
  site.stopped->stopped = false;
  site.stopped->unreadable = true;
  CHECK(code_of(site.uses->claim(site.use())) == ErrorCode::database_error);
  site.stopped->unreadable = false;
  CHECK(site.request([&] { return site.uses->claim(site.use()); }) == 200);
  CHECK(site.used() == 1);
}

}  // namespace mibun::server
