#include "platform/keyd/replicas.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "platform/database/forwarding_database.h"
#include "platform/keyd/file_epoch_keys.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

// What a disk does: nothing wrong; refuse each write; or write it and lose the answer.
enum class Disk { well, refuses, loses_the_answer };

// A table whose disk does what it is told.
class FailingTable final : public database::ForwardingDatabase {
 public:
  FailingTable(std::unique_ptr<Database> table, const Disk& disk)
      : ForwardingDatabase(*table), table_(std::move(table)), disk_(disk) {}
  Status write(const std::function<Status(database::Transaction&)>& work) override {
    if (disk_ == Disk::refuses) return fail(ErrorCode::database_error, "disk", "refuses");
    const Status written = below().write(work);
    if (written && disk_ == Disk::loses_the_answer) return fail(ErrorCode::database_error, "disk", "lost the answer");
    return written;
  }
  Status checkpoint() override {
    if (disk_ != Disk::well) return fail(ErrorCode::database_error, "disk", "refuses");
    return ForwardingDatabase::checkpoint();
  }

 private:
  const std::unique_ptr<Database> table_;
  const Disk& disk_;
};

// Three directories, their disks, and a holder on them.
class Three {
 public:
  std::string path(std::size_t i) const { return directory_.file("copy" + std::to_string(i)); }
  std::string saved(std::size_t i) const { return directory_.file("saved" + std::to_string(i)); }

  Result<std::unique_ptr<EmbeddedKeyHolder>> try_open(StaleCopies stale = StaleCopies::refuse) {
    HolderPlaces places;
    for (std::size_t i = 0; i < 3; ++i) places.directories.push_back(path(i));
    places.epochs = std::make_unique<FileEpochKeys>(places.directories);
    places.open_table = [this](const std::string& of) -> Result<std::unique_ptr<database::Database>> {
      const auto i = static_cast<std::size_t>(of.back() - '0');
      if (unreadable.at(i)) return fail(ErrorCode::io_error, of, "cannot be read");
      MIBUN_TRY(auto table, key_table::open(of));
      return std::make_unique<FailingTable>(std::move(table), disks.at(i));
    };
    return EmbeddedKeyHolder::open(std::move(places), rng, stale);
  }
  std::unique_ptr<EmbeddedKeyHolder> open(StaleCopies stale = StaleCopies::refuse) {
    auto opened = try_open(stale);
    INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  ErrorCode open_error(StaleCopies stale = StaleCopies::refuse) {
    auto opened = try_open(stale);
    REQUIRE(!opened.has_value());
    return opened.error().code;
  }
  // A copy of directory `i` put aside, and put back later.
  void save(std::size_t i) const { copy_directory(path(i), saved(i)); }
  void revive(std::size_t i) const {
    std::filesystem::remove_all(path(i));
    copy_directory(saved(i), path(i));
  }

  std::array<Disk, 3> disks{};
  std::array<bool, 3> unreadable{};

 private:
  const TempDir directory_;
};

bool has(KeyHolder& holder, const PersonId& person) {
  return holder.has_person_key(person).value();
}

// Whether the table in this directory, read by itself, has the person.
bool has_alone(const std::string& directory, const PersonId& person) {
  const auto table = key_table::open(directory);
  REQUIRE(table.has_value());
  bool found = false;
  REQUIRE((*table)->read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto key, key_table::find(transaction, "person_key", person.value));
    found = key.has_value();
    return {};
  }));
  return found;
}

}  // namespace

TEST_CASE("what is acknowledged is in every copy, and any two of the three open it") {
  Three three;
  Bytes record;
  {
    const auto holder = three.open();
    REQUIRE(holder->create_person_key(kAlice));
    REQUIRE(holder->create_person_key(kBob));
    CHECK(holder->create_person_key(kAlice).error().code == ErrorCode::keyd_key_exists);
    record = sealed(*holder, kAlice, "Alice");
    REQUIRE(holder->destroy_person_key(kBob));
    CHECK(holder->stale_copies().empty());
  }
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(has_alone(three.path(i), kAlice));
    CHECK(!has_alone(three.path(i), kBob));
  }
  for (std::size_t away = 0; away < 3; ++away) {
    three.unreadable = {};
    three.unreadable.at(away) = true;
    {
      const auto holder = three.open();
      CHECK(opens_to(*holder, kAlice, record, "Alice"));
      CHECK(holder->stale_copies() == std::vector{three.path(away)});
    }
    three.unreadable = {};
    three.open(StaleCopies::bring_up);
  }
  three.unreadable = {true, true, false};
  CHECK(three.open_error() == ErrorCode::keyd_no_quorum);
}

TEST_CASE("one disk that fails is left out and goes on being left out; two that fail are no quorum") {
  Three three;
  auto holder = three.open();
  REQUIRE(holder->create_person_key(kAlice));
  const Bytes record = sealed(*holder, kAlice, "Alice");
  three.disks.at(1) = Disk::refuses;
  REQUIRE(holder->create_person_key(kBob));
  CHECK(holder->stale_copies() == std::vector{three.path(1)});
  three.disks.at(1) = Disk::well;
  REQUIRE(holder->destroy_person_key(kBob));
  REQUIRE(holder->create_person_key({"person-eve"}));
  CHECK(holder->stale_copies().size() == 1);  // being well again does not bring back what it missed

  three.disks = {Disk::refuses, Disk::well, Disk::refuses};
  CHECK(holder->create_person_key({"person-carol"}).error().code == ErrorCode::keyd_no_quorum);
  CHECK(opens_to(*holder, kAlice, record, "Alice"));  // reading goes on
  CHECK(holder->create_person_key({"person-carol"}).error().code == ErrorCode::keyd_no_quorum);
  CHECK(has(*holder, {"person-eve"}));  // and also after opening anew has failed
  CHECK(holder->seal({"person-eve"}, kName, as_bytes("x")).has_value());
  three.disks = {};
  // The disks are back: the next write opens everything anew by itself.
  CHECK(holder->create_person_key({"person-dora"}).has_value());
  CHECK(opens_to(*holder, kAlice, record, "Alice"));
  CHECK(holder->rotate_epoch().has_value());
  CHECK(opens_to(*holder, kAlice, record, "Alice"));
  holder.reset();
  holder = three.open(StaleCopies::bring_up);
  CHECK(holder->stale_copies().empty());
  CHECK(!has(*holder, kBob));
  holder.reset();
  for (std::size_t i = 0; i < 3; ++i) CHECK(!has_alone(three.path(i), kBob));
}

TEST_CASE("a revived copy that missed an erasure is refused, brings nobody back, and is replaced on request") {
  Three three;
  {
    const auto holder = three.open();
    REQUIRE(holder->create_person_key(kAlice));
    REQUIRE(holder->create_person_key(kBob));
  }
  three.save(0);
  Bytes record;
  {
    const auto holder = three.open();
    record = sealed(*holder, kAlice, "Alice");
    REQUIRE(holder->destroy_person_key(kBob));
  }
  three.revive(0);
  CHECK(has_alone(three.path(0), kBob));
  {
    const auto holder = three.open();
    CHECK(holder->stale_copies() == std::vector{three.path(0)});
    CHECK(!has(*holder, kBob));
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    REQUIRE(holder->create_person_key({"person-carol"}));
  }
  // With only one that knows better, half of what is there is not enough to go on by itself, nor is the old one
  // believed.
  three.unreadable.at(2) = true;
  CHECK(three.open_error() == ErrorCode::keyd_stale_replica);
  CHECK(has_alone(three.path(0), kBob));  // untouched until somebody asks for it
  {
    const auto holder = three.open(StaleCopies::bring_up);
    CHECK(!has(*holder, kBob));
    CHECK(has(*holder, {"person-carol"}));
  }
  CHECK(!has_alone(three.path(0), kBob));
  CHECK(!any_file_has(three.path(0), as_bytes(kBob.value)));  // not in a page or a log of the old table either
}

TEST_CASE("two revived copies do not outvote the one that knows of the erasure") {
  Three three;
  {
    const auto holder = three.open();
    REQUIRE(holder->create_person_key(kBob));
  }
  three.save(0);
  three.save(1);
  {
    const auto holder = three.open();
    REQUIRE(holder->destroy_person_key(kBob));
  }
  three.revive(0);
  three.revive(1);
  CHECK(three.open_error() == ErrorCode::keyd_stale_replica);
  CHECK(!has(*three.open(StaleCopies::bring_up), kBob));
  for (std::size_t i = 0; i < 3; ++i) CHECK(!has_alone(three.path(i), kBob));
}

TEST_CASE("copies that went apart after a cut are told apart by their openings") {
  Three three;
  {
    const auto holder = three.open();
    REQUIRE(holder->create_person_key(kAlice));
  }
  // A write reaches the first copy alone, and its process ends.
  {
    const auto holder = three.open();
    three.disks = {Disk::well, Disk::refuses, Disk::refuses};
    CHECK(holder->create_person_key(kBob).error().code == ErrorCode::keyd_no_quorum);
    three.disks = {};
  }
  // The others go on without it, with as many writes.
  three.unreadable.at(0) = true;
  {
    const auto holder = three.open();
    REQUIRE(holder->create_person_key({"person-carol"}));
  }
  three.unreadable = {false, false, true};
  CHECK(three.open_error() == ErrorCode::keyd_stale_replica);
  const auto holder = three.open(StaleCopies::bring_up);
  CHECK(has(*holder, {"person-carol"}));
  CHECK(!has(*holder, kBob));
}

TEST_CASE("an erasure whose answer was lost on every disk is finished by opening") {
  Three three;
  const auto holder = three.open();
  REQUIRE(holder->create_person_key(kBob));
  const Bytes record = sealed(*holder, kBob, "Bob");
  three.disks = {Disk::loses_the_answer, Disk::refuses, Disk::refuses};
  CHECK(holder->destroy_person_key(kBob).error().code == ErrorCode::keyd_no_quorum);
  three.disks = {};
  CHECK(holder->create_person_key(kAlice).has_value());  // opens everything anew
  CHECK(!has(*holder, kBob));
  CHECK(!holder->open(kBob, kName, record).has_value());  // also not from the cache
}

TEST_CASE("a rotation whose answer was lost leaves a holder that works without a restart") {
  for (const std::array<Disk, 3>& disks :
       {std::array{Disk::loses_the_answer, Disk::refuses, Disk::refuses},
        std::array{Disk::loses_the_answer, Disk::loses_the_answer, Disk::loses_the_answer},
        std::array{Disk::refuses, Disk::refuses, Disk::loses_the_answer}}) {
    Three three;
    const auto holder = three.open();
    REQUIRE(holder->create_person_key(kAlice));
    const Bytes record = sealed(*holder, kAlice, "Alice");
    three.disks = disks;
    CHECK(holder->rotate_epoch().error().code == ErrorCode::keyd_no_quorum);
    three.disks = {};
    CHECK(holder->rotate_epoch().has_value());
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    for (std::size_t i = 0; i < 3; ++i) CHECK(epoch_files(three.path(i)).size() == 1);
  }
}

TEST_CASE("a single table whose write failed is opened anew by the next write") {
  const TempDir directory;
  Disk disk = Disk::well;
  HolderPlaces places{.directories = {directory.file("keyd")}, .epochs = nullptr};
  places.epochs = std::make_unique<FileEpochKeys>(places.directories);
  places.open_table = [&](const std::string& of) -> Result<std::unique_ptr<database::Database>> {
    MIBUN_TRY(auto table, key_table::open(of));
    return std::make_unique<FailingTable>(std::move(table), disk);
  };
  const auto opened = EmbeddedKeyHolder::open(std::move(places), rng);
  REQUIRE(opened.has_value());
  KeyHolder& holder = **opened;
  REQUIRE(holder.create_person_key(kAlice));
  const Bytes record = sealed(holder, kAlice, "Alice");
  for (const Disk failing : {Disk::refuses, Disk::loses_the_answer}) {
    disk = failing;
    CHECK(!holder.rotate_epoch().has_value());
    CHECK(!holder.create_person_key(kBob).has_value());
    disk = Disk::well;
    CHECK(holder.rotate_epoch().has_value());
    CHECK(opens_to(holder, kAlice, record, "Alice"));
    CHECK(holder.destroy_person_key(kBob));
    CHECK(epoch_files(directory.file("keyd")).size() == 1);
  }
}

TEST_CASE("one table becomes three on request, and not by itself") {
  Three three;
  {
    const auto alone = open_holder(three.path(0));
    REQUIRE(alone->create_person_key(kAlice));
  }
  CHECK(three.open_error() == ErrorCode::keyd_stale_replica);
  CHECK(has(*three.open(StaleCopies::bring_up), kAlice));
  const auto holder = three.open();
  CHECK(holder->stale_copies().empty());
  CHECK(has(*holder, kAlice));
}

TEST_CASE("kill -9 while three copies are written and rotated loses nothing that was acknowledged") {
  Three three;
  Bytes record;
  {
    const auto holder = three.open();
    REQUIRE(holder->create_person_key(kAlice));
    record = sealed(*holder, kAlice, "Alice");
  }
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      auto holder = three.try_open();
      for (int i = 0; holder; ++i) {
        const std::string name = std::to_string(round) + "-" + std::to_string(i);
        if (!(*holder)->create_person_key({"stays-" + name}) || !(*holder)->create_person_key({"goes-" + name})) break;
        if (!(*holder)->destroy_person_key({"goes-" + name})) break;
        if (i % 3 == 0 && !(*holder)->rotate_epoch()) break;
        const auto number = static_cast<std::uint32_t>(i);
        if (::write(ends[1], &number, sizeof number) != sizeof number) break;
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    std::uint32_t last = 0;
    REQUIRE(::read(ends[0], &last, sizeof last) == sizeof last);
    std::this_thread::sleep_for(std::chrono::microseconds(1731 * round));
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    for (std::uint32_t more = 0; ::read(ends[0], &more, sizeof more) == sizeof more;) last = more;
    ::close(ends[0]);
    const auto holder = three.open();
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    for (std::uint32_t i = 0; i <= last; ++i) {
      const std::string name = std::to_string(round) + "-" + std::to_string(i);
      CHECK(has(*holder, {"stays-" + name}));
      CHECK(!has(*holder, {"goes-" + name}));
    }
    for (std::size_t i = 0; i < 3; ++i) CHECK(epoch_files(three.path(i)).size() == 1);
  }
}
