#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "core/crypto/aead.h"
#include "platform/keyd/binding.h"
#include "platform/keyd/file_epoch_keys.h"
#include "platform/keyd/key_table.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

Bytes read(const std::string& path) {
  auto bytes = files::read_file(path, 1 << 28);
  REQUIRE(bytes.has_value());
  return std::move(*bytes);
}

BytesView key_in(const Bytes& epoch_file) {
  return BytesView(epoch_file).subspan(24, 32);
}

// A holder with Alice and Bob, closed; `record` is Alice's.
Bytes make_holder(const std::string& path) {
  const auto holder = open_holder(path);
  REQUIRE(holder->create_person_key(kAlice).has_value());
  REQUIRE(holder->create_person_key(kBob).has_value());
  return sealed(*holder, kAlice, "Alice");
}

}  // namespace

TEST_CASE("rotation keeps every record and destroys the old epoch key") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  const Bytes record = make_holder(path);
  const Bytes first = read(path + "/epoch-1.key");
  auto holder = open_holder(path);
  REQUIRE(holder->rotate_epoch().has_value());
  CHECK(epoch_files(path) == std::vector<std::string>{"epoch-2.key"});
  CHECK(!any_file_has(path, key_in(first)));
  CHECK(opens_to(*holder, kAlice, record, "Alice"));
  REQUIRE(holder->create_person_key(PersonId{"person-carol"}).has_value());
  REQUIRE(holder->rotate_epoch().has_value());
  holder.reset();
  holder = open_holder(path);
  CHECK(epoch_files(path) == std::vector<std::string>{"epoch-3.key"});
  CHECK(opens_to(*holder, kAlice, record, "Alice"));
  CHECK(holder->seal(PersonId{"person-carol"}, kName, as_bytes("x")).has_value());
}

TEST_CASE("an old copy of the key table opens nothing with the new epoch key") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  const Bytes record = make_holder(path);
  const std::string stolen = directory.file("stolen");
  copy_directory(path, stolen);
  std::filesystem::remove(stolen + "/epoch-1.key");  // the thief has the table, not the key file
  {
    const auto holder = open_holder(path);
    REQUIRE(holder->destroy_person_key(kAlice).has_value());
    REQUIRE(holder->rotate_epoch().has_value());
  }
  const Bytes second = read(path + "/epoch-2.key");
  std::filesystem::copy(path + "/epoch-2.key", stolen + "/epoch-2.key");
  CHECK(EmbeddedKeyHolder::open(stolen, rng).error().code == ErrorCode::keyd_integrity_error);
  CHECK(epoch_files(stolen).size() == 1);  // and the key that does not fit is not destroyed either

  std::filesystem::copy(path + "/epoch-2.key", stolen + "/epoch-1.key");  // under the old name
  CHECK(EmbeddedKeyHolder::open(stolen, rng).error().code == ErrorCode::keyd_integrity_error);

  auto table = key_table::open(stolen);  // by hand, with the bare key and every epoch's binding
  REQUIRE(table.has_value());
  std::vector<key_table::WrappedKey> keys;
  REQUIRE((*table)
              ->read([&](database::Transaction& transaction) -> Status {
                MIBUN_TRY(keys, key_table::all(transaction));
                return {};
              })
              .has_value());
  REQUIRE(keys.size() == 4);  // of the people, of look-ups, and of the tag
  for (const auto& key : keys) {
    for (const std::int64_t epoch : {1, 2}) {
      const auto opened = crypto::open_record(key_in(second), key_binding(key.purpose, key.name, epoch), key.wrapped);
      CHECK(!opened.has_value());
    }
  }
}

TEST_CASE("an epoch key that is missing, cut, changed or another table's is refused and nothing is destroyed") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  const std::string file = path + "/epoch-1.key";
  const Bytes record = make_holder(path);
  const Bytes good = read(file);
  const auto refused = [&] {
    const auto opened = EmbeddedKeyHolder::open(path, rng);
    return !opened && opened.error().code == ErrorCode::keyd_integrity_error;
  };
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    Bytes changed = good;
    changed[byte] ^= 1;
    REQUIRE(files::write_file_atomic(file, changed).has_value());
    CHECK(refused());
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{40}, good.size() - 1}) {
    REQUIRE(files::write_file_atomic(file, BytesView(good).first(size)).has_value());
    CHECK(refused());
  }
  static_cast<void>(make_holder(directory.file("other")));
  REQUIRE(files::write_file_atomic(file, read(directory.file("other") + "/epoch-1.key")).has_value());
  CHECK(refused());
  std::filesystem::remove(file);
  CHECK(refused());
  REQUIRE(files::write_new_file(file, good).has_value());
  CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));

  static_cast<void>(open_holder(path)->rotate_epoch());
  std::filesystem::remove(path + "/keyd.db");  // a lost table must not take its epoch key with it
  CHECK(refused());
  CHECK(epoch_files(path) == std::vector<std::string>{"epoch-2.key"});
}

TEST_CASE("each place where a rotation can be interrupted leaves a holder that works") {
  const TempDir directory;
  const std::string path = directory.file("keyd");

  SUBCASE("before the first epoch was recorded") {
    REQUIRE(files::make_private_directory(path).has_value());
    REQUIRE(FileEpochKeys({path}).make(1, rng).has_value());
    const Bytes record = make_holder(path);
    CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));
  }
  SUBCASE("while the first epoch key was written") {
    REQUIRE(files::make_private_directory(path).has_value());
    std::ofstream(path + "/epoch-1.key.tmp.aBcDeF") << "half a ke";
    const Bytes record = make_holder(path);
    CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));
    CHECK(epoch_files(path) == std::vector<std::string>{"epoch-1.key"});
  }
  SUBCASE("when an epoch key had both its temporary name and its own") {
    for (const bool rotated : {false, true}) {
      const std::string one = path + (rotated ? "-2" : "-1");
      const std::string file = one + (rotated ? "/epoch-2.key" : "/epoch-1.key");
      const Bytes record = make_holder(one);
      if (rotated) REQUIRE(open_holder(one)->rotate_epoch().has_value());
      std::filesystem::create_hard_link(file, file + ".tmp.aBcDeF");
      for (int opening = 0; opening < 2; ++opening) CHECK(opens_to(*open_holder(one), kAlice, record, "Alice"));
      CHECK(epoch_files(one).size() == 1);
    }
  }
  SUBCASE("while the new epoch key was written") {
    const Bytes record = make_holder(path);
    std::ofstream(path + "/epoch-2.key.tmp.aBcDeF") << "half a ke";
    CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));
    CHECK(epoch_files(path) == std::vector<std::string>{"epoch-1.key"});
  }
  SUBCASE("after the new epoch key was written") {
    const Bytes record = make_holder(path);
    REQUIRE(FileEpochKeys({path}).make(2, rng).has_value());
    const auto holder = open_holder(path);
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    CHECK(epoch_files(path) == std::vector<std::string>{"epoch-1.key"});
    CHECK(holder->rotate_epoch().has_value());
  }
  SUBCASE("after the table was wrapped anew, before the old epoch key was destroyed") {
    const Bytes record = make_holder(path);
    const Bytes first = read(path + "/epoch-1.key");
    REQUIRE(open_holder(path)->rotate_epoch().has_value());
    REQUIRE(files::write_new_file(path + "/epoch-1.key", first).has_value());
    const auto holder = open_holder(path);
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    CHECK(epoch_files(path) == std::vector<std::string>{"epoch-2.key"});
    CHECK(!any_file_has(path, key_in(first)));
  }
  SUBCASE("after the old epoch key was overwritten, before its name went") {
    const Bytes record = make_holder(path);
    REQUIRE(open_holder(path)->rotate_epoch().has_value());
    REQUIRE(files::write_new_file(path + "/epoch-1.key", Bytes(88)).has_value());
    CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));
    CHECK(epoch_files(path) == std::vector<std::string>{"epoch-2.key"});
  }
}

TEST_CASE("a rotation that failed is not tried again over its own traces") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  const Bytes record = make_holder(path);
  const auto holder = open_holder(path);
  REQUIRE(FileEpochKeys({path}).make(2, rng).has_value());  // as a failed commit leaves it: perhaps the table needs it
  const Bytes traces = read(path + "/epoch-2.key");
  CHECK(holder->rotate_epoch().error().code == ErrorCode::io_error);
  CHECK(read(path + "/epoch-2.key") == traces);
  CHECK(opens_to(*holder, kAlice, record, "Alice"));
}

TEST_CASE("kill -9 during rotations never loses a key") {
  const TempDir directory;
  const std::string path = directory.file("keyd");
  const Bytes record = make_holder(path);
  int rotations = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      auto holder = EmbeddedKeyHolder::open(path, rng);
      while (holder && (*holder)->rotate_epoch() && ::write(ends[1], "r", 1) == 1) {
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    char one = 0;
    if (::read(ends[0], &one, 1) == 1) ++rotations;
    std::this_thread::sleep_for(std::chrono::microseconds(137 * round));
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    ::close(ends[0]);
    CHECK(opens_to(*open_holder(path), kAlice, record, "Alice"));
    CHECK(epoch_files(path).size() == 1);
  }
  CHECK(rotations == 20);
}

TEST_CASE("records are sealed and people come and go while the epoch rotates") {
  const TempDir directory;
  const auto holder = open_holder(directory.file("keyd"));
  REQUIRE(holder->create_person_key(kAlice).has_value());
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; !stop; ++i) {
        const PersonId person{std::to_string(thread) + "-" + std::to_string(i)};
        if (!holder->create_person_key(person)) ++failures;
        const auto record = holder->seal(person, kName, as_bytes("x"));
        if (!record || !opens_to(*holder, person, *record, "x")) ++failures;
        if (!holder->destroy_person_key(person)) ++failures;
      }
    });
  }
  for (int i = 0; i < 20; ++i) CHECK(holder->rotate_epoch().has_value());
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}
