#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <limits>

#include "core/tlog/proof.h"
#include "tests/platform/log_tree/world.h"
#include "tests/support/temp_dir.h"

using namespace mibun;
using namespace mibun::log_tree;

namespace {

constexpr std::size_t kBatches[] = {3, 250, 2, 1, 4, 300};

// What must hold after any crash. Empty when it does.
std::string what_is_wrong(LogWorld& world, std::uint64_t acknowledged) {
  auto opened = world.open();
  if (!opened) return "cannot be opened: " + opened.error().where + " " + opened.error().detail;
  if ((*opened)->health() != WriterHealth::whole) return "a sink was lost";
  if ((*opened)->head().size < acknowledged) return "something acknowledged is gone";
  if ((*opened)->head().root != root_of_records((*opened)->head().size)) return "it is not what was appended";
  for (int round = 0; round < 2; ++round) {
    for (Disk* disk : {&world.first, &world.second}) {
      const auto findings = world.check(*disk);
      if (!findings.empty()) return findings.front().path + ": " + findings.front().what;
    }
    // Past the place of what was interrupted: nothing of it may come back.
    if (!(*opened)->append(records(7)) || !(*opened)->publish()) return "takes nothing any more";
  }
  return {};
}

// Appends until the power goes, with a checkpoint after every second time, loses what was not durable, and looks.
// Returns whether the power went.
bool crash_at(std::size_t operation, Lost lost, bool lying, std::string& wrong) {
  LogWorld world;
  world.segment_bytes_max = 1;  // a segment for each append: several end while the log is open
  for (Disk* disk : {&world.first, &world.second, &world.memory}) disk->syncs_do_nothing = lying;
  world.power.off_at = operation;
  std::uint64_t acknowledged = 0;
  {
    auto writer = world.open();
    for (std::size_t i = 0; writer && i < std::size(kBatches); ++i) {
      if ((*writer)->append(records(kBatches[i]))) acknowledged += kBatches[i];
      if (i % 2 == 1) static_cast<void>((*writer)->publish());
    }
  }
  const bool went = world.power.operations >= operation;
  world.lose_power(lost);
  wrong = what_is_wrong(world, acknowledged);
  return went;
}

}  // namespace

TEST_CASE("power may go at every operation on a disk: what was acknowledged is there, and the tree is whole") {
  for (const Lost lost : {Lost::name_gone, Lost::name_kept, Lost::torn, Lost::mixed}) {
    std::size_t at = 1;
    std::string wrong;
    while (crash_at(at, lost, false, wrong)) {
      INFO("operation " << at << ", " << static_cast<int>(lost));
      CHECK(wrong == "");
      ++at;
    }
    CHECK(at > 150);
  }
}

TEST_CASE("the same, over a disk whose sync does nothing, is noticed: the test above can fail") {
  for (const Lost lost : {Lost::name_gone, Lost::name_kept, Lost::torn}) {
    std::size_t noticed = 0, at = 1;
    std::string wrong;
    for (; crash_at(at, lost, true, wrong); ++at) noticed += wrong.empty() ? 0 : 1;
    CHECK(noticed > at / 2);
  }
}

namespace {

// A real folder; kills its own process at an operation. Without fsync, which a kill does not need and a disk is slow
// at: the test above has it.
class KillingStorage final : public Storage {
 public:
  KillingStorage(std::unique_ptr<Storage> inner, std::size_t& left) : inner_(std::move(inner)), left_(left) {}
  Result<Bytes> read(const std::string& path, std::size_t max) override { return inner_->read(path, max); }
  Status write(const std::string& path, BytesView bytes) override {
    step();
    return inner_->write(path, bytes);
  }
  Status append(const std::string& path, BytesView bytes) override {
    step();
    return inner_->append(path, bytes);
  }
  Status sync(const std::string& path) override {
    static_cast<void>(path);
    step();
    return {};
  }
  Status sync_folder(const std::string& path) override {
    static_cast<void>(path);
    step();
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    step();
    return inner_->rename(from, to);
  }
  Status remove(const std::string& path) override {
    step();
    return inner_->remove(path);
  }
  Result<std::vector<std::string>> list(const std::string& path) override { return inner_->list(path); }

 private:
  void step() {
    if (--left_ == 0) ::raise(SIGKILL);
  }
  std::unique_ptr<Storage> inner_;
  std::size_t& left_;
};

WriterOptions folders(const TempDir& directory, std::size_t& left) {
  WriterOptions options;
  const auto folder = [&](const char* name) -> std::unique_ptr<Storage> {
    return std::make_unique<KillingStorage>(DirectoryStorage::open(directory.file(name)).value(), left);
  };
  options.sinks.push_back(folder("first"));
  options.sinks.push_back(folder("second"));
  options.memory = folder("memory");
  options.publish_every = kOnlyWhenAsked;
  return options;
}

// In a process of its own; tells through the pipe how much was acknowledged. Never returns.
[[noreturn]] void append_and_die(const TempDir& directory, const tlog::NoteSigner& signer, std::size_t left, int pipe) {
  auto writer = LogWriter::open(signer, folders(directory, left));
  if (!writer) ::_exit(3);
  for (const std::size_t count : {4u, 252u, 2u}) {
    const auto done = (*writer)->append(records(count));
    if (!done) ::_exit(4);
    const std::uint64_t size = done->size;
    if (::write(pipe, &size, sizeof size) != sizeof size) ::_exit(5);
    if (count > 4 && !(*writer)->publish()) ::_exit(6);
  }
  writer->reset();
  ::_exit(0);
}

}  // namespace

TEST_CASE("kill -9 at every operation on real folders loses nothing that was acknowledged") {
  const tlog::NoteSigner signer = make_signer("log.example/ops");
  for (std::size_t at = 1;; ++at) {
    const TempDir directory;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) append_and_die(directory, signer, at, ends[1]);
    ::close(ends[1]);
    std::uint64_t acknowledged = 0, size = 0;
    while (::read(ends[0], &size, sizeof size) == sizeof size) acknowledged = size;
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    REQUIRE((killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));

    INFO("operation " << at);
    std::size_t never = std::numeric_limits<std::size_t>::max();
    auto writer = LogWriter::open(signer, folders(directory, never));
    REQUIRE(writer.has_value());
    CHECK((*writer)->head().size >= acknowledged);
    CHECK((*writer)->health() == WriterHealth::whole);
    CHECK((*writer)->head().root == root_of_records((*writer)->head().size));
    REQUIRE((*writer)->append(records(3)).has_value());
    REQUIRE((*writer)->publish().has_value());
    for (const char* name : {"first", "second"}) {
      const auto storage = DirectoryStorage::reading(directory.file(name));
      const auto checked = check_log(*storage, signer.verifier(), {});
      REQUIRE(checked.has_value());
      CHECK(checked->findings.empty());
    }
    if (!killed) {
      CHECK(at > 60);
      break;
    }
  }
}
