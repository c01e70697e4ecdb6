#include "platform/log_tree/writer.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include "tests/platform/log_tree/world.h"

using namespace mibun;
using namespace mibun::log_tree;

namespace {

tlog::TreeHead head_on(Disk& disk, const tlog::VerifierKey& key) {
  DiskStorage storage(disk);
  const Bytes note = storage.read("checkpoint", tlog::kNoteBytesMax).value();
  return tlog::SignedCheckpoint::open(as_text(note), key).value().head();
}

std::string first_finding(const std::vector<Finding>& findings) {
  return findings.empty() ? "none" : findings.front().path + ": " + findings.front().what;
}

// A thread of this process that waits for something.
bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end + 2, 1) == "S";
}

using Contents = std::map<std::string, Bytes>;

Contents contents(const Disk& disk) {
  Contents out;
  for (const auto& [path, inode] : disk.names) out[path] = inode->content;
  return out;
}

void restore(Disk& disk, const Contents& then) {
  disk.names.clear();
  for (const auto& [path, content] : then) {
    disk.names[path] = std::make_shared<Disk::Inode>(Disk::Inode{content, content});
  }
}

// Why a log was not opened.
using Said = std::pair<ErrorCode, std::string>;
Said said(const Result<std::unique_ptr<LogWriter>>& opened) {
  return opened ? Said{ErrorCode::cancelled, "opened"} : Said{opened.error().code, opened.error().where};
}
const Said rollback{ErrorCode::log_rollback, "rollback"}, fork_found{ErrorCode::log_fork, "fork"};

}  // namespace

TEST_CASE("what is appended stands in both sinks, in order, under a signed checkpoint") {
  LogWorld world;
  auto writer = world.open().value();
  CHECK(head_on(world.first, writer->key()) == tlog::TreeHead{});
  std::uint64_t size = 0;
  for (const std::size_t count : {1u, 2u, 252u, 1u, 1u, 300u, 700u, 1u}) {
    const Appended done = writer->append(records(count)).value();
    CHECK(done.first == size);
    size += count;
    CHECK(done.size == size);
    CHECK(writer->size() == size);
    REQUIRE(writer->publish().has_value());
    CHECK(writer->head() == tlog::TreeHead{size, root_of_records(size)});
    for (Disk* disk : {&world.first, &world.second}) {
      CHECK(head_on(*disk, writer->key()) == writer->head());
      CHECK(first_finding(world.check(*disk)) == "none");
    }
  }
  CHECK(writer->health() == WriterHealth::whole);
  writer.reset();
  writer = world.open().value();
  CHECK(writer->head() == tlog::TreeHead{size, root_of_records(size)});
  CHECK(writer->append(records(5)).value().first == size);
  CHECK(first_finding(world.check(world.first)) == "none");
}

TEST_CASE("what cannot be an entry is refused, and nobody else is") {
  LogWorld world;
  auto writer = world.open(10).value();
  CHECK(writer->append({}).error().code == ErrorCode::invalid_argument);
  CHECK(writer->append(records(11)).error().code == ErrorCode::invalid_argument);
  const auto large = [](std::uint64_t) -> Result<Bytes> { return Bytes(tlog::kEntryBytesMax + 1); };
  const auto fails = [](std::uint64_t) -> Result<Bytes> { return fail(ErrorCode::cancelled); };
  const std::vector<EntryMaker> bad{records(1).front(), large}, worse{records(1).front(), fails};
  CHECK(writer->append(bad).error().code == ErrorCode::invalid_argument);
  CHECK(writer->append(worse).error().code == ErrorCode::cancelled);
  CHECK(writer->size() == 0);
  CHECK(writer->append(records(2)).value().first == 0);
}

TEST_CASE("many at once share commits, and each gets its own places") {
  LogWorld world;
  auto writer = world.open().value();
  const std::size_t before = world.power.operations;
  std::vector<std::uint64_t> firsts(64);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 4; ++round) firsts[i] = writer->append(records(2)).value().first;
      });
    }
  }
  const std::size_t commits = world.power.operations - before;
  CHECK(commits < 256 * 4);
  REQUIRE(writer->publish().has_value());
  CHECK(writer->head() == tlog::TreeHead{512, root_of_records(512)});
  std::ranges::sort(firsts);
  CHECK(std::ranges::adjacent_find(firsts) == firsts.end());
  CHECK(first_finding(world.check(world.first)) == "none");
  MESSAGE("operations on disks for 256 appends: " << commits);
}

TEST_CASE("who comes while another writes is written next, though nobody comes after") {
  LogWorld world;
  auto writer = world.open().value();
  std::atomic<pid_t> second{0};
  std::jthread late;
  std::uint64_t place = 0;
  // Called while the first one writes: the second comes, and waits.
  const EntryMaker first = [&](std::uint64_t) -> Result<Bytes> {
    late = std::jthread([&] {
      second = gettid();
      place = writer->append(records(1)).value().first;
    });
    while (second == 0 || !sleeps(second)) std::this_thread::yield();
    return to_bytes(as_bytes(std::string_view("first")));
  };
  CHECK(writer->append({&first, 1}).value().first == 0);
  late.join();
  CHECK(place == 1);
}

TEST_CASE("with one sink gone the log goes on and says so; with both it refuses") {
  for (const bool first_fails : {true, false}) {
    LogWorld world;
    Disk& bad = first_fails ? world.first : world.second;
    Disk& good = first_fails ? world.second : world.first;
    auto writer = world.open().value();
    REQUIRE(writer->append(records(2)).has_value());
    REQUIRE(writer->publish().has_value());
    bad.fail_from = bad.operations + 2;
    REQUIRE(writer->append(records(2)).has_value());
    CHECK(writer->health() == WriterHealth::degraded);
    CHECK(world.failed_sinks == std::vector<std::size_t>{first_fails ? 0u : 1u});
    CHECK(writer->append(records(2)).value().size == 6);
    REQUIRE(writer->publish().has_value());
    CHECK(head_on(good, writer->key()).size == 6);
    CHECK(head_on(bad, writer->key()).size == 2);
    // The disk is well again: what failed once is not tried again before the log is opened anew.
    bad.fail_from = 0;
    REQUIRE(writer->append(records(2)).has_value());
    REQUIRE(writer->publish().has_value());
    CHECK(head_on(bad, writer->key()).size == 2);

    good.fail_from = good.operations + 1;
    const auto refused = writer->append(records(2));
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == ErrorCode::unavailable);
    CHECK(writer->health() == WriterHealth::refusing);
    good.fail_from = 0;
    CHECK(writer->append(records(2)).error().code == ErrorCode::unavailable);
    CHECK(writer->publish().has_value());  // there is nothing that is acknowledged and not in the tree
    CHECK(writer->head().size == 8);

    writer.reset();
    writer = world.open().value();
    CHECK(writer->health() == WriterHealth::whole);
    CHECK(writer->head() == tlog::TreeHead{8, root_of_records(8)});
    REQUIRE(writer->append(records(300)).has_value());
    REQUIRE(writer->publish().has_value());
    CHECK(first_finding(world.check(good)) == "none");
    CHECK(first_finding(world.check(bad)) == "none");
    CHECK(head_on(bad, writer->key()).size == 308);
  }
}

TEST_CASE("a failing sync is the end of a sink at every single operation of an append and of its way into the tree") {
  for (std::size_t at = 1;; ++at) {
    LogWorld world;
    auto writer = world.open().value();
    REQUIRE(writer->append(records(255)).has_value());
    const std::size_t before = world.second.operations;
    world.second.fail_from = before + at;
    REQUIRE(writer->append(records(3)).has_value());
    REQUIRE(writer->publish().has_value());
    const bool reached = world.second.operations >= world.second.fail_from;
    if (!reached) {
      CHECK(at > 8);
      break;
    }
    world.second.fail_from = 0;
    REQUIRE(writer->append(records(2)).has_value());
    REQUIRE(writer->publish().has_value());
    CHECK(writer->health() == WriterHealth::degraded);
    CHECK(first_finding(world.check(world.first)) == "none");
    writer.reset();
    writer = world.open().value();
    CHECK(writer->head() == tlog::TreeHead{260, root_of_records(260)});
    CHECK(first_finding(world.check(world.second)) == "none");
  }
}

TEST_CASE("when the key's memory cannot be written nothing is published") {
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(2)).has_value());
  REQUIRE(writer->publish().has_value());
  world.memory.fail_from = 1;
  REQUIRE(writer->append(records(2)).has_value());
  CHECK(writer->publish().error().code == ErrorCode::unavailable);
  CHECK(writer->health() == WriterHealth::refusing);
  CHECK(writer->append(records(2)).error().code == ErrorCode::unavailable);
  CHECK(head_on(world.first, writer->key()).size == 2);
  // What was acknowledged before is in the tree when the log is opened anew.
  world.memory.fail_from = 0;
  writer.reset();
  writer = world.open().value();
  CHECK(writer->head() == tlog::TreeHead{4, root_of_records(4)});
}

TEST_CASE("a log that was put back to an older state is not continued") {
  LogWorld world;
  auto writer = world.open().value();
  REQUIRE(writer->append(records(4)).has_value());
  REQUIRE(writer->rest().has_value());
  const Contents first_then = contents(world.first), second_then = contents(world.second),
                 memory_then = contents(world.memory);
  REQUIRE(writer->append(records(6)).has_value());
  writer.reset();

  SUBCASE("one sink: it is brought up to the other") {
    restore(world.first, first_then);
    writer = world.open().value();
    CHECK(writer->head().size == 10);
    CHECK(first_finding(world.check(world.first)) == "none");
  }
  SUBCASE("one sink, and the key's memory: the newest signature counts") {
    restore(world.first, first_then);
    restore(world.memory, memory_then);
    writer = world.open().value();
    CHECK(writer->head().size == 10);
  }
  SUBCASE("both sinks") {
    restore(world.first, first_then);
    restore(world.second, second_then);
    CHECK(said(world.open()) == rollback);
  }
  SUBCASE("a log without the memory of its key") {
    restore(world.memory, {});
    CHECK(said(world.open()) == Said{ErrorCode::blob_integrity_error, "memory"});
  }
  SUBCASE("both sinks are empty") {
    restore(world.first, {});
    restore(world.second, {});
    CHECK(said(world.open()) == rollback);
  }
  SUBCASE("a sink with another tree, signed by the same key") {
    LogWorld other;
    other.signer = world.signer;
    auto fork = other.open().value();
    const auto odd = [](std::uint64_t index) -> Result<Bytes> { return to_bytes("other " + std::to_string(index)); };
    REQUIRE(fork->append(std::vector<EntryMaker>(3, odd)).has_value());
    REQUIRE(fork->rest().has_value());
    Contents theirs = contents(other.first);
    restore(world.second, theirs);
    CHECK(said(world.open()) == fork_found);
    REQUIRE(fork->append(std::vector<EntryMaker>(7, odd)).has_value());
    REQUIRE(fork->rest().has_value());
    theirs = contents(other.first);
    restore(world.second, theirs);
    CHECK(said(world.open()) == fork_found);  // of the same size
  }
  SUBCASE("a checkpoint of another key: that sink is not used") {
    LogWorld other;
    auto theirs_open = other.open().value();
    REQUIRE(theirs_open->append(records(2)).has_value());
    REQUIRE(theirs_open->publish().has_value());
    Contents theirs = contents(other.first);
    restore(world.second, theirs);
    writer = world.open().value();
    CHECK(writer->health() == WriterHealth::degraded);
    CHECK(world.failed_sinks == std::vector<std::size_t>{1});
  }
  SUBCASE("both sinks damaged at their end") {
    for (Disk* disk : {&world.first, &world.second}) disk->names["tile/entries/000.p/10"]->content[5] ^= 1;
    CHECK(said(world.open()) == rollback);
  }
}
