#include "platform/keyd/embedded_key_holder.h"

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "platform/keyd/binding.h"
#include "platform/keyd/key_table.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

Bytes wrapped_key(database::Database& table, std::string_view purpose, const std::string& name) {
  Bytes wrapped;
  REQUIRE(table
              .read([&](database::Transaction& transaction) -> Status {
                MIBUN_TRY(auto found, key_table::find(transaction, purpose, name));
                REQUIRE(found.has_value());
                wrapped = *found;
                return {};
              })
              .has_value());
  return wrapped;
}

std::unique_ptr<database::Database> open_table(const std::string& directory) {
  auto table = key_table::open(directory);
  REQUIRE(table.has_value());
  return std::move(*table);
}

// By somebody who knows the key of the table's tag: without it the table as a whole is refused already.
void replace_wrapped(const std::string& directory, const key_table::WrappedKey& key) {
  REQUIRE(open_table(directory)
              ->write([&](database::Transaction& transaction) { return key_table::replace(transaction, key); })
              .has_value());
  const auto opened = EmbeddedKeyHolder::open(directory, rng);
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
  seal_again(directory);
}

}  // namespace

TEST_CASE("a sealed record opens for its person, also after opening the holder again") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  Bytes record;
  {
    const auto holder = open_embedded_key_holder(path, rng);
    REQUIRE(holder.has_value());
    REQUIRE((*holder)->create_person_key(kAlice).has_value());
    CHECK((*holder)->create_person_key(kAlice).error().code == ErrorCode::keyd_key_exists);
    CHECK((*holder)->create_person_key(PersonId{}).error().code == ErrorCode::invalid_argument);
    record = sealed(**holder, kAlice, "Alice");
    CHECK(record != sealed(**holder, kAlice, "Alice"));  // a new IV each time
    CHECK(opens_to(**holder, kAlice, record, "Alice"));
    CHECK((*holder)->has_person_key(kAlice).value());
    CHECK(!(*holder)->has_person_key(kBob).value());
  }
  const auto holder = open_holder(path);
  CHECK(opens_to(*holder, kAlice, record, "Alice"));
  CHECK(opens_to(*holder, kAlice, sealed(*holder, kAlice, ""), ""));
  for (const char* name : {"keyd.db", "epoch-1.key"}) {
    struct stat status{};
    REQUIRE(::stat((path + "/" + name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
}

TEST_CASE("a record moved to another class, person, row or version does not open") {
  const TempDir directory;
  const auto holder = open_holder(directory.file("keyd"));
  REQUIRE(holder->create_person_key(kAlice).has_value());
  REQUIRE(holder->create_person_key(kBob).has_value());
  const Bytes record = sealed(*holder, kAlice, "Alice");
  struct Row {
    std::string_view why;
    PersonId person;
    RecordName name;
  };
  const Row rows[] = {
      {"another person", kBob, kName},
      {"another class", kAlice, {"evidence", "row-1", 1}},
      {"another row", kAlice, {"claims", "row-2", 1}},
      {"another version", kAlice, {"claims", "row-1", 2}},
      {"a separator in a part", kAlice, {"claims", "person-alice|row-1", 1}},
      {"the version moved into the row", kAlice, {"claims", "row-1|1", 1}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto opened = holder->open(row.person, row.name, record);
    REQUIRE(!opened.has_value());
    CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
  }
}

TEST_CASE("what is moved from the row's name to the class opens nothing") {
  const TempDir directory;
  const auto holder = open_holder(directory.file("keyd"));
  REQUIRE(holder->create_person_key(kAlice).has_value());
  constexpr RecordName shorter{"move", " unit-1"}, longer{"move unit", "-1"};
  CHECK(holder->open(kAlice, longer, sealed(*holder, kAlice, "x", shorter)).error().code ==
        ErrorCode::keyd_integrity_error);
  CHECK(holder->open(kAlice, shorter, sealed(*holder, kAlice, "x", longer)).error().code ==
        ErrorCode::keyd_integrity_error);
  CHECK(holder->open(kAlice, longer, sealed(*holder, kAlice, "x", longer)).has_value());
}

TEST_CASE("every flipped bit and every cut of a record is refused") {
  const TempDir directory;
  const auto holder = open_holder(directory.file("keyd"));
  REQUIRE(holder->create_person_key(kAlice).has_value());
  const Bytes record = sealed(*holder, kAlice, "Alice");
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    Bytes changed = record;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    const auto opened = holder->open(kAlice, kName, changed);
    REQUIRE(!opened.has_value());
    CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
  }
  for (std::size_t size = 0; size < record.size(); ++size) {
    CHECK(holder->open(kAlice, kName, BytesView(record).first(size)).error().code == ErrorCode::keyd_integrity_error);
  }
}

TEST_CASE("bound parts are told apart by their lengths") {
  std::set<Bytes> all;
  const std::initializer_list<std::initializer_list<std::string_view>> lists = {
      {}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"a", "", "b"}};
  for (const auto& parts : lists) all.insert(bind_parts(parts));
  CHECK(all.size() == lists.size());
  CHECK(bind_parts({"ab", "c"}) == Bytes{0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'});
}

TEST_CASE("each part of a binding counts") {
  const std::set<Bytes> records = {
      record_binding(kAlice, {"claims", "row-1", 1}), record_binding(kBob, {"claims", "row-1", 1}),
      record_binding(kAlice, {"evidence", "row-1", 1}), record_binding(kAlice, {"claims", "row-2", 1}),
      record_binding(kAlice, {"claims", "row-1", 2})};
  CHECK(records.size() == 5);
  const std::set<Bytes> keys = {key_binding("person_key", "a", 1), key_binding("service_key", "a", 1),
                                key_binding("person_key", "b", 1), key_binding("person_key", "a", 2)};
  CHECK(keys.size() == 4);
}

TEST_CASE("rows of the key table cannot be swapped, changed or taken out unnoticed") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  Bytes record;
  {
    const auto holder = open_holder(path);
    REQUIRE(holder->create_person_key(kAlice).has_value());
    REQUIRE(holder->create_person_key(kBob).has_value());
    record = sealed(*holder, kAlice, "Alice");
  }
  const Bytes alices = wrapped_key(*open_table(path), "person_key", kAlice.value);
  const Bytes bobs = wrapped_key(*open_table(path), "person_key", kBob.value);
  const Bytes lookup = wrapped_key(*open_table(path), "service_key", std::string(key_table::kLookupKeyName));

  // Sealing for Alice under Bob's key would be as bad as opening: only the binding of the wrapped key prevents it.
  replace_wrapped(path, {"person_key", kAlice.value, bobs});
  CHECK(open_holder(path)->seal(kAlice, kName, as_bytes("x")).error().code == ErrorCode::keyd_integrity_error);
  CHECK(open_holder(path)->open(kAlice, kName, record).error().code == ErrorCode::keyd_integrity_error);
  replace_wrapped(path, {"person_key", kAlice.value, lookup});
  CHECK(open_holder(path)->open(kAlice, kName, record).error().code == ErrorCode::keyd_integrity_error);
  for (std::size_t byte = 0; byte < alices.size(); byte += 7) {
    Bytes changed = alices;
    changed[byte] ^= 1;
    replace_wrapped(path, {"person_key", kAlice.value, changed});
    CHECK(open_holder(path)->open(kAlice, kName, record).error().code == ErrorCode::keyd_integrity_error);
  }
  CHECK(open_holder(path)->rotate_epoch().error().code == ErrorCode::keyd_integrity_error);
  replace_wrapped(path, {"person_key", kAlice.value, alices});
  CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));

  replace_wrapped(path, {"service_key", std::string(key_table::kLookupKeyName), alices});
  CHECK(EmbeddedKeyHolder::open(path, rng).error().code == ErrorCode::keyd_integrity_error);
}

TEST_CASE("a destroyed key opens nothing, in this process or the next, and destroying again is no error") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  auto holder = open_holder(path);
  REQUIRE(holder->create_person_key(kAlice).has_value());
  REQUIRE(holder->create_person_key(kBob).has_value());
  const Bytes record = sealed(*holder, kAlice, "Alice");
  const Bytes bobs_record = sealed(*holder, kBob, "Bob");
  REQUIRE(holder->destroy_person_key(kAlice).has_value());
  CHECK(!holder->has_person_key(kAlice).value());
  CHECK(holder->open(kAlice, kName, record).error().code == ErrorCode::keyd_person_key_missing);
  CHECK(holder->seal(kAlice, kName, as_bytes("x")).error().code == ErrorCode::keyd_person_key_missing);
  CHECK(holder->destroy_person_key(kAlice).has_value());
  CHECK(opens_to(*holder, kBob, bobs_record, "Bob"));
  holder.reset();
  holder = open_holder(path);
  CHECK(holder->open(kAlice, kName, record).error().code == ErrorCode::keyd_person_key_missing);
  REQUIRE(holder->create_person_key(kAlice).has_value());  // a new key is another key
  CHECK(holder->open(kAlice, kName, record).error().code == ErrorCode::keyd_integrity_error);
}

TEST_CASE("destroyed keys are in no file, whatever else was destroyed before") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  constexpr int kPeople = 500;
  // The order of names, of creation and of destruction differ, so that every kind of page is split and merged.
  const auto person = [](int i) { return PersonId{"person-" + std::to_string((i * 7919) % 100'003)}; };
  const auto survives = [](int i) { return (i * 7 + i / 3) % 10 == 0; };
  {
    const auto holder = open_holder(path);
    std::vector<std::thread> threads;
    std::atomic<int> next{0};
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        for (int i = next++; i < kPeople; i = next++) static_cast<void>(holder->create_person_key(person(i)));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::set<Bytes> destroyed;  // the first 16 bytes, since SQLite may overwrite a part of what it leaves
  {
    const auto table = open_table(path);
    for (int i = 0; i < kPeople; ++i) {
      Bytes wrapped = wrapped_key(*table, "person_key", person(i).value);
      wrapped.resize(16);
      if (!survives(i)) destroyed.insert(std::move(wrapped));
    }
  }
  const auto traces = [&] {
    std::set<Bytes> found;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      const Bytes bytes = files::read_file(entry.path().string(), 1 << 28).value();
      for (std::size_t at = 0; at + 16 <= bytes.size(); ++at) {
        const auto* const from = bytes.data() + at;
        if (destroyed.contains(Bytes(from, from + 16))) found.insert(Bytes(from, from + 16));
      }
    }
    return found.size();
  };
  CHECK(traces() == destroyed.size());
  const auto holder = open_holder(path);
  bool all_done = true;
  for (int i = 0; i < kPeople; ++i) {
    if (!survives(i)) all_done = all_done && holder->destroy_person_key(person(i)).has_value();
  }
  CHECK(all_done);
  CHECK(destroyed.size() > 400);
  CHECK(traces() == 0);
}

TEST_CASE("a key destroyed while others load it does not come back from the cache") {
  const TempDir directory;
  const auto holder = open_holder(directory.file("keyd"));
  int came_back = 0;
  for (int round = 0; round < 120; ++round) {
    const PersonId person{"person-" + std::to_string(round)};
    REQUIRE(holder->create_person_key(person).has_value());
    std::atomic<bool> start{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        while (!start) std::this_thread::yield();
        // Spread over the time that destroying takes: one of many falls between its row and its cache.
        const auto delay = std::chrono::microseconds((round * 37 + i * 311) % 1500);
        const auto until = std::chrono::steady_clock::now() + delay;
        while (std::chrono::steady_clock::now() < until) {
        }
        static_cast<void>(holder->seal(person, kName, as_bytes("x")));
      });
    }
    start = true;
    REQUIRE(holder->destroy_person_key(person).has_value());
    for (std::thread& thread : threads) thread.join();
    came_back += holder->seal(person, kName, as_bytes("x")).has_value() ? 1 : 0;
  }
  CHECK(came_back == 0);
}

TEST_CASE("the cache is bounded and forgets the key not used longest") {
  DataKeyCache cache(3);
  const auto key = [] { return std::make_shared<const SecretBytes>(32); };
  for (const char* person : {"a", "b", "c"}) cache.put(person, key());
  CHECK(cache.find("a") != nullptr);
  cache.put("d", key());
  CHECK(cache.find("b") == nullptr);
  CHECK(cache.find("a") != nullptr);
  CHECK(cache.find("c") != nullptr);
  cache.erase("a");
  CHECK(cache.find("a") == nullptr);
  cache.erase("a");
}

TEST_CASE("a person's hash depends on person, domain and value, and is gone with the person's key") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  auto holder = open_holder(path);
  CHECK(holder->person_hash(kAlice, "log", as_bytes("12")).error().code == ErrorCode::keyd_person_key_missing);
  REQUIRE(holder->create_person_key(kAlice));
  REQUIRE(holder->create_person_key(kBob));
  const Bytes hash = holder->person_hash(kAlice, "log", as_bytes("12")).value();
  CHECK(hash.size() == 32);
  CHECK(holder->person_hash(kAlice, "log", as_bytes("13")).value() != hash);
  CHECK(holder->person_hash(kAlice, "log1", as_bytes("2")).value() != hash);
  CHECK(holder->person_hash(kBob, "log", as_bytes("12")).value() != hash);
  CHECK(holder->lookup_hash("log", as_bytes("12")).value() != hash);
  REQUIRE(holder->rotate_epoch());
  CHECK(holder->person_hash(kAlice, "log", as_bytes("12")).value() == hash);
  REQUIRE(holder->destroy_person_key(kAlice));
  CHECK(holder->person_hash(kAlice, "log", as_bytes("12")).error().code == ErrorCode::keyd_person_key_missing);
  REQUIRE(holder->create_person_key(kAlice));  // another key of that name
  CHECK(holder->person_hash(kAlice, "log", as_bytes("12")).value() != hash);
}

TEST_CASE("a look-up hash depends on domain, value and this holder's key alone") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  auto holder = open_holder(path);
  const Bytes hash = holder->lookup_hash("email", as_bytes("a@example.jp")).value();
  CHECK(hash.size() == 32);
  CHECK(holder->lookup_hash("email", as_bytes("a@example.jp")).value() == hash);
  CHECK(holder->lookup_hash("email", as_bytes("b@example.jp")).value() != hash);
  CHECK(holder->lookup_hash("phone", as_bytes("a@example.jp")).value() != hash);
  CHECK(holder->lookup_hash("emaila", as_bytes("@example.jp")).value() != hash);
  REQUIRE(holder->rotate_epoch().has_value());
  CHECK(holder->lookup_hash("email", as_bytes("a@example.jp")).value() == hash);
  holder.reset();
  CHECK(open_holder(path)->lookup_hash("email", as_bytes("a@example.jp")).value() == hash);
  CHECK(open_holder(directory.file("other"))->lookup_hash("email", as_bytes("a@example.jp")).value() != hash);
}
