#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "tests/server/faults/served.h"

// What goes wrong with the disk under a running `mibun serve`, one thing at a time: it says so with a code and a
// sentence, what can be read is read, and it recovers by itself or ends with an exit code of its own, so that it is
// started again.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

// It says what is wrong, ends by itself, and the next one has everything and works.
void check_ends_and_starts_again(Served& served, const std::function<void()>& mend) {
  CHECK(served.server->wait(20s) == kExitStorageFailed);
  mend();
  served.start_again();
  Model model = stage().model();
  CHECK(what_was_lost(stage().world(), model, {}) == "");
  live_anew(stage().world(), model);
  CHECK(served.server->stop() == 0);
}

}  // namespace

TEST_CASE("a full disk: writes are refused with a sentence, reads go on, and it recovers by itself") {
  Served served;
  CHECK(ready().status() == 200);
  touch(served.full);
  for (int i = 0; i < 3; ++i) check_refused(begin_registration(), "log_unavailable");  // what comes first
  check_reads_go_on();
  CHECK(ready().status() == 503);
  CHECK(ready().text("database") == "no_room");
  std::filesystem::remove(served.full);
  CHECK(works_again());
  Model model = stage().model();
  CHECK(what_was_lost(stage().world(), model, {}) == "");
  live_anew(stage().world(), model);
  CHECK(served.server->stop() == 0);
  CHECK(what_is_half_done(served.data.directory, model, {}) == "");
}

TEST_CASE("no fsync that does not fail: nothing is begun, and it recovers by itself") {
  Served served;
  touch(served.failing);
  for (int i = 0; i < 3; ++i) check_refused(begin_registration(), "log_unavailable");
  CHECK(ready().text("log") == "refusing");
  check_reads_go_on();
  std::filesystem::remove(served.failing);
  CHECK(works_again());
  Model model = stage().model();
  CHECK(what_was_lost(stage().world(), model, {}) == "");
  CHECK(served.server->stop() == 0);
  CHECK(what_is_half_done(served.data.directory, model, {}) == "");
}

TEST_CASE("a failed fsync of the database: nothing more is written, and the server ends so that it is started again") {
  Served served({.environment = {"MIBUN_DISK_FAILING_AT=/mibun.db"}});
  touch(served.failing);
  check_refused(begin_registration(), "database_error");
  std::filesystem::remove(served.failing);  // the disk claims to be well again
  check_refused(begin_registration(), "database_error");
  CHECK(ready().text("database") == "writes_stopped");
  check_reads_go_on();
  check_ends_and_starts_again(served, [] {});
}

TEST_CASE("files of the data that are removed or replaced under it: the same") {
  Served served;
  const std::string database = served.data.directory + "/mibun.db", away = served.data.directory + "/away";
  std::function<void()> mend;
  SUBCASE("the database") {
    std::filesystem::rename(database, away);
    mend = [&] { std::filesystem::rename(away, database); };
  }
  SUBCASE("the database, by an older copy") {
    std::filesystem::copy(database, away);
    std::filesystem::rename(database, database + ".real");
    std::filesystem::rename(away, database);
    mend = [&] { std::filesystem::rename(database + ".real", database); };
  }
  SUBCASE("its write-ahead log") {
    std::filesystem::rename(database + "-wal", away);
    mend = [&] { std::filesystem::rename(away, database + "-wal"); };
  }
  check_refused(begin_registration(), "database_error");
  check_reads_go_on();
  check_ends_and_starts_again(served, mend);
}

TEST_CASE("the key table removed under it: whoever needs a new key is refused, and it ends") {
  Served served;
  const std::string table = served.data.directory + "/keyd/keyd.db";
  std::filesystem::rename(table, table + ".away");
  CHECK_THROWS_WITH_AS(stage().world().register_device(), doctest::Contains("503"), std::runtime_error);
  check_ends_and_starts_again(served, [&] { std::filesystem::rename(table + ".away", table); });
}

TEST_CASE("no more file descriptors: it waits, and serves again when there are some") {
  Served served;
  constexpr rlim_t kFew = 48;
  const rlimit few{kFew, kFew};
  rlimit before{};
  REQUIRE(::prlimit(served.server->pid(), RLIMIT_NOFILE, &few, &before) == 0);
  std::vector<int> idle;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(served.server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < 80; ++i) {
    idle.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(idle.back(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);  // the kernel's queue
  }
  for (const int socket : idle) ::close(socket);
  Model model = stage().model();
  CHECK(what_was_lost(stage().world(), model, {}) == "");
  live_anew(stage().world(), model);
  CHECK(served.server->stop() == 0);
}

TEST_CASE("a second server over the same data does not start, and the first goes on") {
  Served served;
  ServerProcess second(served.data.directory, stage().config_file(), {});
  CHECK(!second.is_ready());
  CHECK(second.wait(20s) > 0);
  CHECK(begin_registration().status() == 201);
  CHECK(ready().status() == 200);
  check_whole_and_stop(served);
}

TEST_CASE("a slow disk: everything is answered, and reads do not wait for it") {
  Served served({.environment = {"MIBUN_DISK_SLOW_MS=150"}});
  Model model = stage().model();
  live_anew(stage().world(), model);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) check_reads_go_on();
  CHECK(std::chrono::steady_clock::now() - began < 20 * 150ms);  // 40 reads; each write takes so long and longer
  CHECK(served.server->stop() == 0);
}

}  // namespace mibun::server
