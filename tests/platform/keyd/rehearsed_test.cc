#include "platform/keyd/rehearsed.h"

#include <array>
#include <future>
#include <latch>

#include "platform/database/inside_write.h"
#include "platform/keyd/stored_signing_keys.h"
#include "tests/platform/keyd/running_service.h"
#include "tests/support/breaks_invariant.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;
using database::Transaction;

namespace {

constexpr auto kSchema = std::to_array<database::Migration>(
    {{1, "0001_notes",
      "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL, hash BLOB, sealed BLOB) STRICT;"
      "CREATE TABLE gone (person TEXT NOT NULL PRIMARY KEY) STRICT;"}});

Result<bool> is_there(Transaction& transaction, const PersonId& person) {
  MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM gone WHERE person = $1", person.value));
  return !row;
}

// Says where it was asked, and does something before it answers.
class WatchedHolder final : public ForwardingKeyHolder {
 public:
  using ForwardingKeyHolder::ForwardingKeyHolder;
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override {
    look();
    return ForwardingKeyHolder::seal(person, name, plaintext);
  }
  Result<Bytes> open_for(Purpose purpose, const PersonId& person, const RecordName& name, BytesView sealed) override {
    look();
    return ForwardingKeyHolder::open_for(purpose, person, name, sealed);
  }
  Result<bool> has_person_key(const PersonId& person) override {
    look();
    return ForwardingKeyHolder::has_person_key(person);
  }
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override {
    look();
    return ForwardingKeyHolder::lookup_hash(domain, value);
  }
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override {
    look();
    return ForwardingKeyHolder::person_hash(person, domain, value);
  }

  std::function<void()> before;  // once
  int asked = 0, asked_inside = 0;

 private:
  void look() {
    ++asked;
    if (database::inside_write()) ++asked_inside;
    if (before) std::exchange(before, nullptr)();
  }
};

struct Room {
  Room() {
    REQUIRE(holder->create_person_key(kAlice));
    REQUIRE(holder->create_person_key(kBob));
  }
  std::int64_t count(std::string_view sql = "SELECT COUNT(*) FROM notes") {
    return must(database.row(sql))->integer(0);
  }
  Status add(Transaction& transaction, const PersonId& person, std::string_view text) {
    const std::string id = as_hex(random.bytes(8));
    MIBUN_TRY(const Bytes sealed, keys.seal(person, {"claims", id}, as_bytes(text)));
    MIBUN_CHECK(transaction.run("INSERT INTO notes VALUES ($1, $2, NULL, $3)", id, person.value, sealed));
    return {};
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const auto& row : must(database.rows("SELECT id, person, sealed FROM notes ORDER BY rowid"))) {
      const Bytes text = must(holder->open({row.text(1)}, {"claims", row.text(0)}, row.blob(2)));
      all.emplace_back(as_text(text));
    }
    return all;
  }
  static std::string as_hex(BytesView bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text += std::to_string(byte) + "-";
    return text;
  }

  TempDir directory;
  std::unique_ptr<EmbeddedKeyHolder> holder = open_holder(directory.file("keyd"));
  WatchedHolder watched{*holder};
  RehearsedKeys keys{watched};
  RehearsedRng random{rng};
  RehearsedDatabase database{must(database::Database::open(directory.file("a.db"), kSchema)), is_there};
};

}  // namespace

TEST_CASE("all that a unit of work asks of the key holder is asked outside of the write, and the rows are right") {
  Room room;
  int runs = 0;
  REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
    ++runs;
    MIBUN_CHECK(room.add(transaction, kAlice, "one"));
    MIBUN_CHECK(room.add(transaction, kBob, "two"));
    MIBUN_CHECK(room.add(transaction, kAlice, "three"));
    return {};
  }));
  CHECK(runs == 2);  // one finds all three
  CHECK(room.texts() == std::vector<std::string>{"one", "two", "three"});

  // Each answer decides what is asked next.
  const auto first = must(room.database.row("SELECT id, sealed FROM notes ORDER BY rowid LIMIT 1"));
  runs = 0;
  REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
    ++runs;
    MIBUN_TRY(const bool there, room.keys.has_person_key(kAlice));
    CHECK(there);
    MIBUN_TRY(const Bytes text, room.keys.open(kAlice, {"claims", first->text(0)}, first->blob(1)));
    MIBUN_TRY(const Bytes hash, room.keys.lookup_hash("notes", text));
    MIBUN_TRY(const Bytes own, room.keys.person_hash(kAlice, "notes", hash));
    MIBUN_CHECK(transaction.run("UPDATE notes SET hash = $2 WHERE id = $1", first->text(0), own));
    return room.add(transaction, kBob, as_text(text));
  }));
  CHECK(runs == 6);
  const auto after = must(room.database.row("SELECT hash FROM notes WHERE id = $1", first->text(0)));
  const Bytes hash = must(room.holder->lookup_hash("notes", as_bytes("one")));
  CHECK(after->blob(0) == must(room.holder->person_hash(kAlice, "notes", hash)));
  CHECK(room.texts().back() == "one");
  CHECK(room.watched.asked == 3 + 5);
  CHECK(room.watched.asked_inside == 0);
}

TEST_CASE("a unit of work that asks nothing runs once, and what fails is taken back") {
  Room room;
  int runs = 0;
  REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
    ++runs;
    MIBUN_CHECK(transaction.run("INSERT INTO gone VALUES ('nobody')"));
    return {};
  }));
  CHECK(runs == 1);
  const auto refused = room.database.write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(room.add(transaction, kAlice, "one"));
    return fail(ErrorCode::key_exists, "note");
  });
  CHECK(refused.error().code == ErrorCode::key_exists);
  CHECK(room.count() == 0);
}

TEST_CASE("while the key holder hangs, others write, and whoever waits for it is done afterwards") {
  Room room;
  std::latch asked(1), released(1);
  room.watched.before = [&] {
    asked.count_down();
    released.wait();
  };
  auto waiting = std::async(std::launch::async, [&] {
    return room.database.write([&](Transaction& transaction) { return room.add(transaction, kAlice, "late"); });
  });
  asked.wait();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO notes VALUES ($1, 'nobody', NULL, NULL)", std::to_string(i)));
      return {};
    }));
  }
  CHECK(waiting.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  CHECK(room.count() == 3);  // nothing of it is there
  released.count_down();
  CHECK(waiting.get());
  CHECK(room.count() == 4);
}

TEST_CASE("what was read before the key holder was asked is read again after it") {
  Room room;
  REQUIRE(room.database.write([&](Transaction& transaction) { return room.add(transaction, kAlice, "old"); }));
  const auto replace = [&](std::string_view text) {
    return room.database.write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("DELETE FROM notes"));
      return room.add(transaction, kAlice, text);
    });
  };
  room.watched.before = [&] { CHECK(replace("new")); };
  std::string seen;
  REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row, transaction.row("SELECT id, sealed FROM notes"));
    MIBUN_TRY(const Bytes text, room.keys.open(kAlice, {"claims", row->text(0)}, row->blob(1)));
    seen = as_text(text);
    return room.add(transaction, kAlice, seen + " and more");
  }));
  CHECK(seen == "new");
  CHECK(room.texts() == std::vector<std::string>{"new", "new and more"});
}

TEST_CASE("nothing is written for somebody who was erased while it was sealed") {
  Room room;
  room.watched.before = [&] {
    CHECK(room.database.write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO gone VALUES ($1)", kAlice.value));
      return {};
    }));
  };
  const auto refused = room.database.write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(room.add(transaction, kBob, "of somebody who is there"));
    return room.add(transaction, kAlice, "too late");
  });
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::keyd_person_key_missing);
  CHECK(room.count() == 0);
  CHECK(room.database.write([&](Transaction& transaction) { return room.add(transaction, kBob, "one"); }));
}

TEST_CASE("an error of the key holder is the answer, and an answer that was not there is never taken for one") {
  Room room;
  const PersonId nobody{"nobody"};
  const auto refused =
      room.database.write([&](Transaction& transaction) { return room.add(transaction, nobody, "one"); });
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::keyd_person_key_missing);
  CHECK(room.count() == 0);
  // A unit of work that makes something of every error decides on the true ones.
  std::string seen;
  REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
    const auto hash = room.keys.lookup_hash("notes", as_bytes("x"));
    seen += hash ? "h" : "-";
    if (!hash) return {};  // it goes on without: rows that must not stay
    const auto sealed = room.keys.seal(nobody, {"claims", "n"}, as_bytes("x"));
    if (!sealed) seen += to_string(sealed.error().code);
    MIBUN_CHECK(transaction.run("INSERT INTO notes VALUES ('n', 'nobody', $1, NULL)", *hash));
    return {};
  }));
  CHECK(seen == "-hhkeyd_person_key_missing");
  CHECK(room.count("SELECT COUNT(*) FROM notes WHERE hash IS NOT NULL") == 1);
}

TEST_CASE("a unit of work that asks something else each time is given up, and leaves nothing") {
  Room room;
  int runs = 0;
  const auto refused = room.database.write(
      [&](Transaction& transaction) -> Status { return room.add(transaction, kAlice, std::to_string(++runs)); });
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::internal_error);
  CHECK(runs < 100);
  CHECK(room.count() == 0);
}

TEST_CASE("what a unit of work draws is the same each time it runs, and new for each write") {
  Room room;
  std::vector<Bytes> drawn;
  const auto write = [&] {
    REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
      drawn.push_back(room.random.bytes(16));
      return room.add(transaction, kAlice, "x");
    }));
  };
  write();
  write();
  REQUIRE(drawn.size() == 4);
  CHECK(drawn[0] == drawn[1]);
  CHECK(drawn[2] == drawn[3]);
  CHECK(drawn[0] != drawn[2]);
  CHECK(room.random.bytes(16) != room.random.bytes(16));  // outside of a write
}

TEST_CASE("what was asked ahead is at hand in the first run, which is the one that counts") {
  Room room;
  int runs = 0;
  const auto note = [&](Transaction& transaction) -> Status {
    ++runs;
    MIBUN_TRY(const Bytes hash, room.keys.lookup_hash("notes", as_bytes("x")));
    MIBUN_TRY(const Bytes own, room.keys.person_hash(kAlice, "notes", hash));
    MIBUN_CHECK(room.add(transaction, kAlice, "one"));
    MIBUN_CHECK(transaction.run("UPDATE notes SET hash = $1", own));
    return {};
  };
  const auto ask = [&] {
    const Bytes hash = must(room.keys.lookup_hash("notes", as_bytes("x")));
    must(room.keys.person_hash(kAlice, "notes", hash));
    must(room.keys.seal(kAlice, {"claims", Room::as_hex(room.random.bytes(8))}, as_bytes("one")));
  };
  {
    const AskedAhead ahead(ask);
    REQUIRE(room.database.write(note));
    CHECK(runs == 1);
    CHECK(room.watched.asked == 3);
    // For one write: the next one asks for itself, and draws other bytes.
    REQUIRE(room.database.write(note));
    CHECK(runs == 1 + 4);
  }
  CHECK(room.watched.asked_inside == 0);
  CHECK(room.texts() == std::vector<std::string>{"one", "one"});
  {
    const AskedAhead unused(ask);
  }
  runs = 0;
  REQUIRE(room.database.write(note));
  CHECK(runs == 4);
}

TEST_CASE("what was asked ahead of something else is found out as always, and counts for nothing") {
  Room room;
  int runs = 0;
  const AskedAhead ahead([&] {
    must(room.keys.seal(kBob, {"claims", Room::as_hex(room.random.bytes(8))}, as_bytes("another")));
    must(room.keys.lookup_hash("notes", as_bytes("x")));
  });
  // Bob, for whom nothing is written, need not be there.
  REQUIRE(room.database.write([&](Transaction& transaction) -> Status {
    ++runs;
    MIBUN_CHECK(transaction.run("INSERT INTO gone VALUES ($1)", kBob.value));
    return room.add(transaction, kAlice, "one");
  }));
  CHECK(runs == 2);
  CHECK(room.texts() == std::vector<std::string>{"one"});
}

TEST_CASE("what was sealed ahead for somebody who is erased before the write is not written") {
  Room room;
  const std::string id = "n";
  const auto seal = [&] { return room.keys.seal(kAlice, {"claims", id}, as_bytes("too late")); };
  const AskedAhead ahead([&] { must(seal()); });
  // On another thread: an answer of this one is for its own next write.
  REQUIRE(std::async(std::launch::async, [&] {
            return room.database.write([&](Transaction& transaction) -> Status {
              MIBUN_CHECK(transaction.run("INSERT INTO gone VALUES ($1)", kAlice.value));
              return {};
            });
          }).get());
  int runs = 0;
  const auto refused = room.database.write([&](Transaction& transaction) -> Status {
    ++runs;
    MIBUN_TRY(const Bytes sealed, seal());
    MIBUN_CHECK(transaction.run("INSERT INTO notes VALUES ($1, $2, NULL, $3)", id, kAlice.value, sealed));
    return {};
  });
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::keyd_person_key_missing);
  CHECK(runs == 1);
  CHECK(room.count() == 0);
}

TEST_CASE("an error that was the answer ahead is the answer in the write, and nobody is asked again") {
  Room room;
  const PersonId nobody{"nobody"};
  const auto seal = [&] { return room.keys.seal(nobody, {"claims", "n"}, as_bytes("x")); };
  const AskedAhead ahead([&] { CHECK(!seal()); });
  const auto refused = room.database.write([&](Transaction&) -> Status {
    MIBUN_CHECK(seal());
    return {};
  });
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::keyd_person_key_missing);
  CHECK(room.watched.asked == 1);
}

TEST_CASE("whoever asks for keys inside a write that is not rehearsed ends, and so does who makes or destroys any") {
  const auto in_a_write_of_its_own = [](const std::function<void(RehearsedKeys&)>& ask) {
    return breaks_invariant([&] {
      const TempDir directory;
      const auto holder = open_holder(directory.file("keyd"));
      RehearsedKeys keys(*holder);
      const auto plain = must(database::Database::open(directory.file("a.db"), kSchema));
      static_cast<void>(plain->write([&](Transaction&) -> Status {
        ask(keys);
        return {};
      }));
    });
  };
  CHECK(!in_a_write_of_its_own([](RehearsedKeys&) {}));
  CHECK(in_a_write_of_its_own([](RehearsedKeys& keys) { static_cast<void>(keys.seal(kAlice, kName, {})); }));
  CHECK(in_a_write_of_its_own([](RehearsedKeys& keys) { static_cast<void>(keys.open(kAlice, kName, {})); }));
  CHECK(in_a_write_of_its_own([](RehearsedKeys& keys) { static_cast<void>(keys.has_person_key(kAlice)); }));
  CHECK(in_a_write_of_its_own([](RehearsedKeys& keys) { static_cast<void>(keys.lookup_hash("x", {})); }));
  CHECK(in_a_write_of_its_own([](RehearsedKeys& keys) { static_cast<void>(keys.person_hash(kAlice, "x", {})); }));

  const auto rehearsed = [](const std::function<void(RehearsedKeys&)>& ask) {
    return breaks_invariant([&] {
      Room room;
      static_cast<void>(room.database.write([&](Transaction&) -> Status {
        ask(room.keys);
        return {};
      }));
    });
  };
  CHECK(rehearsed([](RehearsedKeys& keys) { static_cast<void>(keys.create_person_key({"new"})); }));
  CHECK(rehearsed([](RehearsedKeys& keys) { static_cast<void>(keys.destroy_person_key(kAlice)); }));
  CHECK(rehearsed([](RehearsedKeys& keys) { static_cast<void>(keys.rotate_epoch()); }));
  CHECK(!rehearsed([](RehearsedKeys& keys) { static_cast<void>(keys.seal(kAlice, kName, {})); }));
}

TEST_CASE("the key service is not asked inside a write, whoever does it") {
  const auto ask = [](bool inside) {
    return breaks_invariant([inside] {
      const TempDir directory;
      const RunningService service(directory.path());
      const auto client = service.client();
      const auto plain = must(database::Database::open(directory.file("a.db"), kSchema));
      must(client->lookup_hash("x", {}));
      static_cast<void>(plain->write([&](Transaction&) -> Status {
        if (inside) MIBUN_CHECK(client->lookup_hash("x", {}));
        return {};
      }));
    });
  };
  CHECK(ask(true));
  CHECK(!ask(false));
}

TEST_CASE("nothing is signed inside a write, wherever the key lies") {
  const auto sign = [](bool inside) {
    return breaks_invariant([inside] {
      const TempDir directory;
      const auto keys = must(StoredSigningKeys::open_files(directory.file("signing"), rng));
      const auto sign_nothing = [&] { static_cast<void>(keys->sign(Purpose::sign_receipt, {"receipt"}, {})); };
      const auto plain = must(database::Database::open(directory.file("a.db"), kSchema));
      sign_nothing();
      static_cast<void>(plain->write([&](Transaction&) -> Status {
        if (inside) sign_nothing();
        return {};
      }));
    });
  };
  CHECK(sign(true));
  CHECK(!sign(false));
}
