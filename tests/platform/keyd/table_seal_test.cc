#include "platform/keyd/table_seal.h"

#include <array>
#include <functional>
#include <set>
#include <thread>

#include "platform/keyd/binding.h"
#include "platform/keyd/file_epoch_keys.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

using database::Transaction;

// One to three directories, the memory of a holder beside them, and a thief who writes to the directories.
class Held {
 public:
  explicit Held(std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i) directories.push_back(directory_.file("copy" + std::to_string(i)));
  }
  Result<std::unique_ptr<EmbeddedKeyHolder>> try_open(StaleCopies stale = StaleCopies::refuse) {
    HolderPlaces places{.directories = directories, .epochs = std::make_unique<FileEpochKeys>(directories)};
    places.open_table = [this](const std::string& of) -> Result<std::unique_ptr<database::Database>> {
      MIBUN_TRY(auto table, key_table::open(of));
      open_tables.push_back(table.get());
      return table;
    };
    if (remembers) places.memory = memory();
    open_tables.clear();
    return EmbeddedKeyHolder::open(std::move(places), rng, stale);
  }
  std::unique_ptr<EmbeddedKeyHolder> open(StaleCopies stale = StaleCopies::refuse) {
    auto opened = try_open(stale);
    INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  ErrorCode open_error() {
    auto opened = try_open();
    REQUIRE(!opened.has_value());
    return opened.error().code;
  }
  std::string memory() const { return directory_.file("keyd.memory"); }
  std::string saved(std::size_t i) const { return directory_.file("saved" + std::to_string(i)); }
  void save() const {
    for (std::size_t i = 0; i < directories.size(); ++i) copy_directory(directories[i], saved(i));
  }
  void revive(std::size_t i) const {
    std::filesystem::remove_all(directories[i]);
    copy_directory(saved(i), directories[i]);
  }
  void revive_all() const {
    for (std::size_t i = 0; i < directories.size(); ++i) revive(i);
  }
  // What somebody does to a table that is not open.
  void change(std::size_t i, const std::function<Status(Transaction&)>& work) const {
    const auto table = key_table::open(directories[i]);
    REQUIRE(table.has_value());
    REQUIRE((*table)->write(work).has_value());
  }
  void run(std::size_t i, std::string_view sql) const {
    change(i, [&](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.execute(sql, {}));
      return {};
    });
  }
  Bytes wrapped(std::size_t i, const PersonId& person) const {
    Bytes found;
    change(i, [&](Transaction& transaction) -> Status {
      MIBUN_TRY(const auto key, key_table::find(transaction, key_table::kPersonKey, person.value));
      REQUIRE(key.has_value());
      found = *key;
      return {};
    });
    return found;
  }

  std::vector<std::string> directories;
  bool remembers = true;
  std::vector<database::Database*> open_tables;

 private:
  const TempDir directory_;
};

bool has(KeyHolder& holder, const PersonId& person) {
  return holder.has_person_key(person).value();
}

TableSeal some_seal(std::uint8_t byte = 1) {
  return TableSeal(SecretBytes::take(Bytes(32, byte)));
}

}  // namespace

TEST_CASE("each part of a row and of a table counts in its tag") {
  const TableSeal seal = some_seal();
  const Bytes wrapped(key_table::kWrappedKeySize, 7);
  Bytes other = wrapped;
  other.back() ^= 1;
  const std::set<TableSeal::Sum> sums{seal.of_row({"person_key", "a", wrapped}),
                                      seal.of_row({"service_key", "a", wrapped}),
                                      seal.of_row({"person_key", "b", wrapped}),
                                      seal.of_row({"person_key", "a", other}),
                                      seal.of_row({"person_ke", "ya", wrapped}),
                                      some_seal(2).of_row({"person_key", "a", wrapped}),
                                      seal.mask(1, 1),
                                      seal.mask(2, 1),
                                      seal.mask(1, 2),
                                      seal.mask(11, 1),
                                      seal.mask(1, 11)};
  CHECK(sums.size() == 11);
}

TEST_CASE("a tag that was kept up by each write is the one of the rows that are there") {
  const TempDir directory;
  auto opened = key_table::open(directory.path().string());
  REQUIRE(opened.has_value());
  const auto table = std::move(*opened);
  const TableSeal first = some_seal(1), second = some_seal(2);
  const TableSeal* seal = nullptr;
  std::int64_t generation = 0;
  const auto write = [&](const std::function<Status(SealedTable&)>& work) {
    REQUIRE(table
                ->write([&](Transaction& transaction) -> Status {
                  MIBUN_TRY(SealedTable sealed, SealedTable::begin(transaction, seal));
                  MIBUN_CHECK(work(sealed));
                  return sealed.end(++generation);
                })
                .has_value());
  };
  const auto is_right = [&] {
    return table->read([&](Transaction& transaction) { return seal->verify(transaction); }).has_value();
  };
  const auto row = [](int i, std::uint8_t byte) {
    return key_table::WrappedKey{"person_key", "p" + std::to_string(i), Bytes(key_table::kWrappedKeySize, byte)};
  };
  std::vector<key_table::WrappedKey> all{row(0, 0xff)};
  write([&](SealedTable& sealed) { return sealed.begin_epoch(1, all, first); });
  seal = &first;
  CHECK(is_right());
  for (int i = 1; i < 40; ++i) {
    write([&](SealedTable& sealed) { return sealed.insert(row(i, static_cast<std::uint8_t>(i))); });
    if (i % 3 == 0)
      write([&](SealedTable& sealed) { return sealed.remove("person_key", "p" + std::to_string(i - 1)); });
    write([&](SealedTable& sealed) { return sealed.remove("person_key", "nobody"); });
    REQUIRE(is_right());
  }
  all = {row(3, 1), row(100, 2)};
  write([&](SealedTable& sealed) { return sealed.begin_epoch(2, all, second); });
  CHECK(!is_right());  // of the first seal
  seal = &second;
  CHECK(is_right());
  REQUIRE(table->read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows, key_table::all(transaction));
    CHECK(rows.size() == 2);
    return {};
  }));
}

TEST_CASE("whatever somebody writes into a table without its key is noticed when it is opened") {
  Held held;
  const PersonId erased{"person-erased"};
  {
    const auto holder = held.open();
    REQUIRE(holder->create_person_key(kAlice));
    REQUIRE(holder->create_person_key(kBob));
    REQUIRE(holder->create_person_key(erased));
  }
  const Bytes old = held.wrapped(0, erased);
  REQUIRE(held.open()->destroy_person_key(erased));
  held.save();
  struct Row {
    const char* why;
    std::function<Status(Transaction&)> work;
  };
  const auto sql = [](const char* text) {
    return [text](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.execute(text, {}));
      return {};
    };
  };
  const key_table::WrappedKey back{"person_key", erased.value, old};
  const Row rows[] = {
      {"somebody who was erased comes back, under the key of this very epoch",
       [&](Transaction& transaction) { return key_table::insert(transaction, back); }},
      {"comes back twice, so that a sum by XOR would not change",
       [&](Transaction& transaction) -> Status {
         MIBUN_CHECK(transaction.execute("DROP TABLE names", {}));
         MIBUN_CHECK(transaction.execute("CREATE TABLE names (purpose TEXT, name TEXT, slot INTEGER)", {}));
         MIBUN_CHECK(transaction.execute("INSERT INTO names SELECT purpose, name, slot FROM was", {}));
         MIBUN_CHECK(key_table::insert(transaction, back));
         return key_table::insert(transaction, back);
       }},
      {"somebody is missing",
       [&](Transaction& transaction) { return key_table::remove(transaction, "person_key", kBob.value); }},
      {"two are swapped",
       sql("UPDATE names SET slot = (SELECT SUM(slot) FROM names WHERE purpose = 'person_key') - slot "
           "WHERE purpose = 'person_key'")},
      {"another name", sql("UPDATE names SET name = 'person-carol' WHERE name = 'person-bob'")},
      {"a bit of a wrapped key", sql("UPDATE slots SET wrapped = zeroblob(60) WHERE id = 3")},
      {"a higher generation", sql("UPDATE generation SET number = number + 1")},
      {"a lower generation", sql("UPDATE generation SET number = number - 1")},
      {"no generation", sql("DELETE FROM generation")},
      {"the next epoch", sql("UPDATE epoch SET number = number + 1")},
      {"no tag", sql("DELETE FROM seal")},
      {"another tag", sql("UPDATE seal SET tag = randomblob(32)")},
      {"no key of the tag", sql("DELETE FROM names WHERE name = 'table_seal'")},
      {"neither, as if it were old",
       [](Transaction& transaction) -> Status {
         MIBUN_CHECK(transaction.execute("DELETE FROM seal", {}));
         MIBUN_CHECK(transaction.execute("DELETE FROM names WHERE name = 'table_seal'", {}));
         MIBUN_CHECK(transaction.execute("UPDATE names SET name = 'lookup' WHERE name = 'lookup_of_sealed'", {}));
         return {};
       }},
      {"no epoch, as if it were new", sql("DELETE FROM epoch")},
      {"a trigger that keeps what is destroyed",
       sql("CREATE TRIGGER keep AFTER UPDATE ON slots BEGIN INSERT INTO slots (wrapped) VALUES (OLD.wrapped); END")},
      {"a view", sql("CREATE VIEW more AS SELECT 1")},
  };
  for (const Row& row : rows) {
    for (const bool remembers : {true, false}) {
      CAPTURE(row.why);
      CAPTURE(remembers);
      held.remembers = remembers;
      held.revive_all();
      held.run(0, "CREATE TABLE was AS SELECT purpose, name, slot FROM names");
      held.change(0, row.work);
      const auto opened = held.try_open();
      REQUIRE(!opened.has_value());
      CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
    }
  }
  held.revive_all();
  CHECK(has(*held.open(), kAlice));
}

TEST_CASE("a row put back under the hands of a holder is not taken along into the next epoch") {
  Held held;
  const auto holder = held.open();
  REQUIRE(holder->create_person_key(kAlice));
  REQUIRE(holder->create_person_key(kBob));
  std::optional<Bytes> bobs;  // wrapped under the key of this very epoch
  database::Database& table = *held.open_tables.at(0);
  REQUIRE(table.read([&](Transaction& transaction) -> Status {
    MIBUN_TRY(bobs, key_table::find(transaction, "person_key", kBob.value));
    return {};
  }));
  REQUIRE(holder->destroy_person_key(kBob));
  REQUIRE(table.write(
      [&](Transaction& transaction) { return key_table::insert(transaction, {"person_key", kBob.value, *bobs}); }));
  CHECK(holder->rotate_epoch().error().code == ErrorCode::keyd_integrity_error);
  REQUIRE(
      table.write([&](Transaction& transaction) { return key_table::remove(transaction, "person_key", kBob.value); }));
  CHECK(holder->rotate_epoch().has_value());
}

TEST_CASE("a forged copy outvotes nobody, whatever generation it claims, and is replaced on request") {
  Held held(3);
  {
    const auto holder = held.open();
    REQUIRE(holder->create_person_key(kAlice));
    REQUIRE(holder->create_person_key(kBob));
  }
  const auto forge = [&](std::size_t i) {
    held.change(i,
                [&](Transaction& transaction) { return key_table::remove(transaction, "person_key", kAlice.value); });
    held.run(i, "UPDATE generation SET number = number + 4294967296");
  };
  forge(1);
  {
    const auto holder = held.open();
    CHECK(has(*holder, kAlice));
    CHECK(holder->stale_copies() == std::vector{held.directories[1]});
  }
  forge(0);
  CHECK(held.open_error() == ErrorCode::keyd_stale_replica);  // the one that is left is no majority
  {
    const auto holder = held.open(StaleCopies::bring_up);
    CHECK(has(*holder, kAlice));
    CHECK(holder->stale_copies().empty());
  }
  for (std::size_t i = 0; i < 3; ++i) forge(i);
  CHECK(held.open_error() == ErrorCode::keyd_integrity_error);
}

TEST_CASE("one that was forged is not healed by itself, even when it is one step behind") {
  Held held(3);
  REQUIRE(held.open()->create_person_key(kAlice));
  for (const std::size_t i : {0UL, 1UL}) held.run(i, "UPDATE generation SET number = number - 1");
  CHECK(held.open_error() == ErrorCode::keyd_stale_replica);
}

TEST_CASE("all copies put back at once are noticed by who remembers, epoch keys and all") {
  for (const std::size_t count : {1UL, 3UL}) {
    CAPTURE(count);
    Held held(count);
    {
      const auto holder = held.open();
      REQUIRE(holder->create_person_key(kAlice));
      REQUIRE(holder->create_person_key(kBob));
    }
    SUBCASE("of the opening before") {
      held.save();
      REQUIRE(held.open()->destroy_person_key(kBob));
    }
    SUBCASE("of the same opening") {
      const auto holder = held.open();
      REQUIRE(holder->create_person_key({"person-carol"}));
      held.save();
      REQUIRE(holder->destroy_person_key(kBob));
    }
    SUBCASE("with the epoch key of then") {
      held.save();
      const auto holder = held.open();
      REQUIRE(holder->destroy_person_key(kBob));
      REQUIRE(holder->rotate_epoch());
    }
    held.revive_all();
    CHECK(held.open_error() == ErrorCode::keyd_stale_replica);
    CHECK(held.open_error() == ErrorCode::keyd_stale_replica);
    // Who remembers nothing cannot tell: docs/decisions/0059.
    held.remembers = false;
    CHECK(has(*held.open(), kBob));
  }
}

TEST_CASE("tables that are gone while they are remembered are not begun anew") {
  Held held(3);
  REQUIRE(held.open()->create_person_key(kAlice));
  for (const std::string& directory : held.directories) std::filesystem::remove_all(directory);
  CHECK(held.open_error() == ErrorCode::keyd_integrity_error);
  std::filesystem::remove(held.memory());  // somebody decides
  CHECK(!has(*held.open(), kAlice));
}

TEST_CASE("the memory begins where there is none, goes along with each write, and may be one write behind") {
  Held held;
  held.remembers = false;
  REQUIRE(held.open()->create_person_key(kAlice));
  held.remembers = true;
  const auto remembered = [&] { return GenerationMemory::open(held.memory())->generation(); };
  {
    const auto holder = held.open();
    const std::int64_t begun = remembered();
    CHECK(begun > 0);
    REQUIRE(holder->create_person_key(kBob));
    CHECK(remembered() == begun + 1);
    std::filesystem::copy(held.memory(), held.memory() + ".before");
    REQUIRE(holder->destroy_person_key(kBob));
    CHECK(remembered() == begun + 2);
    REQUIRE(holder->rotate_epoch());
    CHECK(remembered() == begun + 3);
  }
  // A crash between the table and the memory.
  std::filesystem::rename(held.memory() + ".before", held.memory());
  CHECK(has(*held.open(), kAlice));
}

TEST_CASE("a memory that cannot be read or written is said, and nothing is acknowledged without it") {
  Held held;
  auto holder = held.open();
  REQUIRE(holder->create_person_key(kAlice));
  const std::string memory = held.memory();
  std::filesystem::rename(memory, memory + ".away");
  std::filesystem::create_directories(memory + "/in the way");
  CHECK(!holder->create_person_key(kBob).has_value());
  CHECK(!holder->create_person_key({"person-carol"}).has_value());
  std::filesystem::remove_all(memory);
  std::filesystem::rename(memory + ".away", memory);
  CHECK(holder->create_person_key({"person-carol"}).has_value());  // opens everything anew by itself
  holder.reset();
  for (const char* text : {"", "mibun keyd memory 1 ", "mibun keyd memory 1 -5\n", "mibun keyd memory 1 5",
                           "mibun keyd memory 1 05\n", "mibun keyd memory 2 5\n", "mibun keyd memory 1 5\n\n"}) {
    CAPTURE(text);
    REQUIRE(files::write_file_atomic(memory, as_bytes(std::string_view(text))).has_value());
    CHECK(held.open_error() == ErrorCode::keyd_integrity_error);
  }
}

TEST_CASE("many at once share the memory's writes, and it has the last of them") {
  Held held;
  const auto holder = held.open();
  const std::int64_t begun = GenerationMemory::open(held.memory())->generation();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        static_cast<void>(holder->create_person_key({std::to_string(t) + "-" + std::to_string(i)}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(GenerationMemory::open(held.memory())->generation() == begun + 160);
}

TEST_CASE("a table of before there were tags gets one with a new epoch") {
  Held held;
  const Bytes lookup(32, 3), alices(32, 4);
  REQUIRE(files::make_private_directory(held.directories[0]).has_value());
  {
    FileEpochKeys epochs(held.directories);
    const auto epoch = epochs.make(1, rng);
    REQUIRE(epoch.has_value());
    held.change(0, [&](Transaction& transaction) -> Status {
      MIBUN_TRY(const Bytes a, (*epoch)->wrap("service_key", "lookup", lookup, rng));
      MIBUN_TRY(const Bytes b, (*epoch)->wrap("person_key", kAlice.value, alices, rng));
      MIBUN_CHECK(key_table::insert(transaction, {"service_key", "lookup", a}));
      MIBUN_CHECK(key_table::insert(transaction, {"person_key", kAlice.value, b}));
      MIBUN_CHECK(key_table::set_epoch(transaction, 1));
      return key_table::set_generation(transaction, 77);
    });
  }
  held.save();
  for (int again = 0; again < 2; ++again) {
    const auto holder = held.open();
    CHECK(has(*holder, kAlice));
    Bytes message = bind_parts({"d"});
    message.push_back('v');
    const auto wanted = crypto::hmac_sha256(lookup, message);
    CHECK(holder->lookup_hash("d", as_bytes(std::string_view("v"))).value() == Bytes(wanted.begin(), wanted.end()));
    CHECK(epoch_files(held.directories[0]) == std::vector<std::string>{"epoch-2.key"});
  }
  // What it was before is no way back: that epoch is gone.
  std::filesystem::copy_file(held.saved(0) + "/keyd.db", held.directories[0] + "/keyd.db",
                             std::filesystem::copy_options::overwrite_existing);
  for (const char* side : {"-wal", "-shm"}) std::filesystem::remove(held.directories[0] + "/keyd.db" + side);
  CHECK(held.open_error() == ErrorCode::keyd_integrity_error);
}
