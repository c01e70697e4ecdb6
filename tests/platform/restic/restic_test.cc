#include "platform/restic/restic.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/restic/lock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

namespace mibun::restic {
namespace {

namespace fs = std::filesystem;

// An empty repository, and something to put in that takes restic a while.
struct World {
  World() {
    fs::copy(fs::path(MIBUN_VECTORS) / "restic-empty", options.repository, fs::copy_options::recursive);
    for (const char* folder : {"data", "index", "locks", "snapshots"}) {
      fs::create_directory(options.repository + "/" + folder);
    }
    fs::remove(options.repository + "/SOURCE.txt");
    fs::create_directory(directory.file("source"));
  }
  std::size_t locks() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(options.repository + "/locks"), {}));
  }
  // Once there are more, restic is in the middle, and has its lock.
  std::size_t packs() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(options.repository + "/data")) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  void fill(std::size_t megabytes) const {
    crypto::SystemRng rng;
    for (std::size_t n = 0; n < megabytes; ++n) {
      must(files::write_new_file(directory.file("source/") + std::to_string(n), rng.bytes(1024 * 1024)));
    }
  }
  Result<std::string> back_up() const {
    return Repository(options).backup(directory.path().string(), "source", {"test"}, kTestNow);
  }

  TempDir directory;
  Options options{.repository = directory.file("repository"),
                  .password_file = directory.write("password", "a password of a test\n")};
};

bool within(std::chrono::seconds time, const std::function<bool()>& seen) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!seen() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return seen();
}

// A process, kept until the end of a scope.
struct Child {
  explicit Child(const std::function<void()>& work) : pid(::fork()) {
    if (pid != 0) return;
    work();
    ::_exit(0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }
  void kill() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
  }
  pid_t pid;
};

std::string own_hostname() {
  std::array<char, 256> name{};
  REQUIRE(::gethostname(name.data(), name.size() - 1) == 0);
  return name.data();
}

std::string comm_of(const std::string& pid) {
  std::ifstream in("/proc/" + pid + "/comm");
  std::string name;
  std::getline(in, name);
  return name;
}

// The restic processes that have this repository on their command line and are not dead.
std::vector<pid_t> at_work_on(const std::string& repository) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos || comm_of(pid) != "restic") continue;
    std::ifstream in("/proc/" + pid + "/cmdline");
    const std::string line((std::istreambuf_iterator<char>(in)), {});
    if (line.find(repository) != std::string::npos) found.push_back(std::stoi(pid));
  }
  return found;
}

}  // namespace

TEST_CASE("killed outright in the middle, nothing works on, and the next one goes on from there") {
  World world;
  world.fill(150);
  Child child([&] { static_cast<void>(world.back_up()); });
  REQUIRE(within(std::chrono::seconds(60), [&] { return world.packs() > 0; }));
  child.kill();
  CHECK(within(std::chrono::seconds(10), [&] { return at_work_on(world.options.repository).empty(); }));
  REQUIRE(Repository(world.options).snapshots()->empty());  // it was in the middle
  CHECK(world.locks() == 1);
  // What needs the repository for itself meets the lock that was left.
  CHECK(world.back_up().has_value());
  const auto snapshots = Repository(world.options).snapshots();
  REQUIRE(snapshots->size() == 1);
  CHECK(Repository(world.options).forget({snapshots->front().id}).has_value());
  CHECK(world.locks() == 0);
  CHECK(Repository(world.options).check(true).has_value());
}

TEST_CASE("a restic that lives is not pushed aside") {
  World world;
  world.fill(1);
  const auto first = world.back_up();
  REQUIRE(first.has_value());
  world.fill(0);
  for (std::size_t n = 1; n < 200; ++n) {
    crypto::SystemRng rng;
    must(files::write_new_file(world.directory.file("source/more") + std::to_string(n), rng.bytes(1024 * 1024)));
  }
  const std::size_t before = world.packs();
  Child child([&] { static_cast<void>(world.back_up()); });
  REQUIRE(within(std::chrono::seconds(60), [&] { return world.packs() > before; }));
  const std::vector<pid_t> working = at_work_on(world.options.repository);
  REQUIRE(working.size() == 1);
  REQUIRE(::kill(working.front(), SIGSTOP) == 0);
  const auto refused = Repository(world.options).forget({*first});
  CHECK(world.locks() == 1);
  REQUIRE(::kill(working.front(), SIGCONT) == 0);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == ErrorCode::backup_repository_failed);
  CHECK(refused.error().detail.find("process " + std::to_string(working.front())) != std::string::npos);
}

TEST_CASE("whose lock it is: of nobody any more, of another program, of a restic, of another machine") {
  const std::string here = own_hostname();
  pid_t gone = 0;
  {
    Child child([] {});
    gone = child.pid;
  }
  const auto maker = [&](pid_t pid, const std::string& host = own_hostname(), std::string_view program = "restic") {
    return maker_of({.hostname = host, .time = {}, .pid = pid}, here, program);
  };
  CHECK(maker(gone) == LockMaker::gone);
  CHECK(maker(0) == LockMaker::gone);
  CHECK(maker(-1) == LockMaker::gone);
  CHECK(maker(::getpid()) == LockMaker::replaced);
  CHECK(maker(::getpid(), "another-machine") == LockMaker::elsewhere);
  const std::string own = comm_of("self");
  CHECK(maker(::getpid(), here, own) == LockMaker::here);
  CHECK(maker(::getpid(), here, "/usr/local/bin/" + own) == LockMaker::here);
  // Dead, and nobody waited for it: it keeps its number and its name.
  const Child dead([] {});
  siginfo_t end{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(dead.pid), &end, WEXITED | WNOWAIT) == 0);
  CHECK(comm_of(std::to_string(dead.pid)) == own);
  CHECK(maker(dead.pid, here, own) == LockMaker::replaced);
}

TEST_CASE("a lock as restic shows it, and what is none") {
  const auto lock = read_lock(R"({"time":"2026-11-29T14:50:00.1Z","exclusive":true,"hostname":"h","username":"root",)"
                              R"("pid":17,"uid":0,"gid":0})");
  REQUIRE(lock.has_value());
  CHECK(lock->hostname == "h");
  CHECK(lock->pid == 17);
  for (const char* text : {"", "[]", "{}", R"({"time":"t","hostname":"h"})", R"({"time":"t","hostname":"h","pid":"1"})",
                           R"({"time":1,"hostname":"h","pid":1})"}) {
    CAPTURE(text);
    CHECK(!read_lock(text).has_value());
  }
}

}  // namespace mibun::restic
