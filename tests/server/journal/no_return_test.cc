#include "server/journal/no_return.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/crypto/hash.h"
#include "server/migrations/migrations.h"
#include "tests/support/code_of.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The order of a deed, its line in the journal, and the answer.
namespace mibun::server {
namespace {

namespace fs = std::filesystem;
using database::Transaction;

const keyd::PersonId kHaruka{"haruka"};

struct Room {
  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  std::unique_ptr<database::Database> rows = must(database::Database::open(directory.file("mibun.db"), migrations()));
  std::unique_ptr<keyd::KeyHolder> keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
  std::unique_ptr<Journal> journal = must(Journal::open({directory.file("journal")}));
  NoReturn no_return{*journal, *keys, *rows, clock};
  JournaledDatabase database{*rows, no_return};
  const std::string file = directory.file("journal") + "/" + std::string(Journal::kFile);

  std::int64_t count(std::string_view sql) { return must(rows->row(sql))->integer(0); }
  std::int64_t waiting() { return count("SELECT COUNT(*) FROM journal_outbox"); }
  std::int64_t applied() { return count("SELECT COUNT(*) FROM journal_applied"); }
  std::int64_t deeds() { return count("SELECT COUNT(*) FROM planned_accounts"); }
  // Something that shows whether the transaction was committed.
  static Status deed(Transaction& transaction, std::string_view name) {
    MIBUN_CHECK(transaction.run("INSERT INTO planned_accounts (account_id) VALUES ($1)", name));
    return {};
  }
  Status move(std::string_view unit) {
    return database.write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(deed(transaction, unit));
      MIBUN_CHECK(no_return.unit_moved(transaction, as_bytes(unit)));
      const std::vector<std::string> cards{std::string(unit) + " 1", std::string(unit) + " 2"};
      return no_return.cards_revoked(transaction, cards);
    });
  }
  // As when a disk goes: it cannot be appended to.
  void take_journal_away() {
    fs::rename(file, file + ".away");
    fs::create_directory(file);
  }
  void give_journal_back() {
    fs::remove(file);
    fs::rename(file + ".away", file);
  }
  bool has(JournalKind kind, const Bytes& subject) const {
    return std::ranges::any_of(
        journal->after(0), [&](const JournalEntry& entry) { return entry.kind == kind && entry.subject == subject; });
  }
};

}  // namespace

TEST_CASE("what was committed stands in the journal when the write returns, and nothing else does") {
  Room room;
  REQUIRE(room.move("unit"));
  const auto entries = room.journal->after(0);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].kind == JournalKind::unit_moved);
  CHECK(entries[0].subject == must(NoReturn::unit_subject(*room.keys, as_bytes("unit"))));
  CHECK(entries[2].kind == JournalKind::cards_revoked);
  CHECK(entries[2].subject == must(NoReturn::cards_subject(*room.keys, "unit 2")));
  CHECK(room.waiting() == 0);
  CHECK(room.applied() == 3);

  // A move that is cut off before its commit leaves no line: no restore ends its account.
  const Status refused = room.database.write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(room.no_return.unit_moved(transaction, as_bytes("other")));
    return fail(ErrorCode::move_wrong_state, "move");
  });
  CHECK(refused.error().code == ErrorCode::move_wrong_state);
  REQUIRE(room.no_return.publish());
  CHECK(room.journal->after(0).size() == 3);
  CHECK(room.waiting() == 0);
}

TEST_CASE("cut off between commit and journal, the next start writes the line") {
  Room room;
  // The database below: nobody publishes.
  REQUIRE(room.rows->write([](Transaction& transaction) -> Status {
    MIBUN_CHECK(Room::deed(transaction, "unit"));
    MIBUN_CHECK(transaction.run("INSERT INTO journal_outbox (kind, subject) VALUES ('unit_moved', $1)", Bytes(32, 1)));
    MIBUN_CHECK(
        transaction.run("INSERT INTO journal_outbox (kind, subject) VALUES ('account_stopped', $1)", Bytes(32, 2)));
    return {};
  }));
  CHECK(room.journal->after(0).empty());
  REQUIRE(room.no_return.publish());
  const auto entries = room.journal->after(0);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].kind == JournalKind::unit_moved);
  CHECK(entries[1].subject == Bytes(32, 2));
  CHECK(room.waiting() == 0);
  CHECK(room.applied() == 2);
  REQUIRE(room.no_return.publish());
  CHECK(room.journal->after(0).size() == 2);
}

TEST_CASE("a journal that takes nothing: one deed is done and nobody is told so, the next ones are not done") {
  Room room;
  REQUIRE(room.move("before"));
  room.take_journal_away();
  CHECK(code_of(room.move("first")) == ErrorCode::io_error);
  CHECK(room.deeds() == 2);
  CHECK(room.waiting() == 3);
  CHECK(room.no_return.is_stuck());
  CHECK(code_of(room.move("second")) == ErrorCode::unavailable);
  CHECK(room.deeds() == 2);
  // Who asks whether the first one is done hears nothing either, and what needs no journal goes on.
  const auto ask = [&] {
    return room.database.write([](Transaction&) -> Status {
      NoReturn::relies_on_earlier();
      return {};
    });
  };
  CHECK(code_of(ask()) == ErrorCode::io_error);
  CHECK(room.database.write([](Transaction& transaction) { return Room::deed(transaction, "no journal"); }));
  room.give_journal_back();
  CHECK(ask());
  CHECK(room.has(JournalKind::unit_moved, must(NoReturn::unit_subject(*room.keys, as_bytes("first")))));
  CHECK(!room.has(JournalKind::unit_moved, must(NoReturn::unit_subject(*room.keys, as_bytes("second")))));
  CHECK(!room.no_return.is_stuck());
  REQUIRE(room.move("third"));
  CHECK(room.waiting() == 0);
  CHECK(room.journal->after(0).size() == 9);
}

TEST_CASE("any write brings out what waits, once the journal takes it again") {
  Room room;
  room.take_journal_away();
  CHECK(code_of(room.move("unit")) == ErrorCode::io_error);
  room.give_journal_back();
  CHECK(room.database.write([](Transaction& transaction) { return Room::deed(transaction, "no journal"); }));
  CHECK(room.waiting() == 0);
  CHECK(room.journal->after(0).size() == 3);
}

TEST_CASE("an erasure's line is there before its transaction, and stays when that fails") {
  Room room;
  room.take_journal_away();
  CHECK(code_of(room.no_return.erasing(kHaruka)) == ErrorCode::io_error);
  CHECK(room.applied() == 0);
  room.give_journal_back();
  const std::uint64_t line = must(room.no_return.erasing(kHaruka));
  CHECK(room.has(JournalKind::account_erased,
                 must(NoReturn::account_subject(*room.keys, JournalKind::account_erased, kHaruka))));
  CHECK(room.applied() == 0);
  REQUIRE(room.database.write([&](Transaction& transaction) { return NoReturn::erased(transaction, line); }));
  CHECK(room.applied() == 1);
}

TEST_CASE("a stopped wallet's line says which, under its own hash") {
  Room room;
  REQUIRE(room.database.write(
      [&](Transaction& transaction) { return room.no_return.account_stopped(transaction, kHaruka); }));
  CHECK(room.has(JournalKind::account_stopped,
                 must(NoReturn::account_subject(*room.keys, JournalKind::account_stopped, kHaruka))));
}

TEST_CASE("each kind of line has a name, and no other is read") {
  for (const JournalKind kind : {JournalKind::account_erased, JournalKind::account_stopped, JournalKind::unit_replaced,
                                 JournalKind::cards_revoked, JournalKind::unit_moved}) {
    CHECK(journal_kind(to_string(kind)) == kind);
  }
  CHECK(!journal_kind("unit_lost"));
  Room room;
  REQUIRE(room.rows->write([](Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("INSERT INTO journal_outbox (kind, subject) VALUES ('unit_lost', $1)", Bytes(32, 1)));
    return {};
  }));
  CHECK(code_of(room.no_return.publish()) == ErrorCode::database_error);
}

}  // namespace mibun::server
