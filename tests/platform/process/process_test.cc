#include "platform/process/process.h"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/support/temp_dir.h"

namespace mibun::process {
namespace {

Command bash(std::string script) {
  return {.argv = {"bash", "-c", std::move(script)},
          .environment = {"PATH=/usr/bin:/bin", "GREETING=hello"},
          .timeout = std::chrono::seconds(30)};
}

}  // namespace

TEST_CASE("what a program wrote, what it ended with, and where it started") {
  const TempDir directory;
  Command command = bash("echo $GREETING; pwd; echo oh >&2; exit 7");
  command.directory = directory.path().string();
  const auto finished = run(command);
  REQUIRE(finished.has_value());
  CHECK(finished->exit_code == 7);
  CHECK(finished->output == "hello\n" + std::filesystem::canonical(directory.path()).string() + "\n");
  CHECK(finished->errors == "oh\n");
}

TEST_CASE("nothing is inherited: neither the environment nor the standard input, and an argument is no script") {
  ::setenv("MIBUN_TEST_SECRET", "seen", 1);
  const auto finished = run(bash("echo \"[$MIBUN_TEST_SECRET]\"; read -r line; echo \"[$line]\""));
  REQUIRE(finished.has_value());
  CHECK(finished->output == "[]\n[]\n");
  CHECK(inherited({"MIBUN_TEST_SECRET"}) == std::vector<std::string>{"MIBUN_TEST_SECRET=seen"});
  CHECK(inherited({"MIBUN_TEST_SEC*"}) == std::vector<std::string>{"MIBUN_TEST_SECRET=seen"});
  CHECK(inherited({"MIBUN_TEST_SEC"}).empty());
  ::unsetenv("MIBUN_TEST_SECRET");
  Command echo = bash({});
  echo.argv = {"echo", "$(id); `id` && id"};
  CHECK(run(echo)->output == "$(id); `id` && id\n");
}

TEST_CASE("a program that runs too long is ended, with the children that it started") {
  const TempDir directory;
  Command command = bash("(sleep 2; echo late >" + directory.file("late") + ") & echo begun; wait");
  command.timeout = std::chrono::milliseconds(500);
  const auto before = std::chrono::steady_clock::now();
  const auto finished = run(command);
  REQUIRE(!finished.has_value());
  CHECK(finished.error().code == ErrorCode::unavailable);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
  // Long enough for the child to have written, if it lived.
  REQUIRE(run(bash("sleep 3")).has_value());
  CHECK(!std::filesystem::exists(directory.file("late")));
}

TEST_CASE("a program does not outlive who started it, also when that is killed outright") {
  const TempDir directory;
  const std::string mark = directory.file("pid");
  const pid_t parent = ::fork();
  if (parent == 0) {
    // In a thread, as a server would: the thread that waits is what the program hangs on.
    std::thread waits([&] {
      static_cast<void>(run(bash("echo $$ >" + mark + ".new; mv " + mark + ".new " + mark + "; exec sleep 60")));
    });
    waits.join();
    ::_exit(0);
  }
  const auto within = [](std::chrono::seconds time, const std::function<bool()>& seen) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!seen() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return seen();
  };
  REQUIRE(within(std::chrono::seconds(30), [&] { return std::filesystem::exists(mark); }));
  const pid_t child = std::stoi(directory.read("pid"));
  CHECK(::kill(child, 0) == 0);
  REQUIRE(::kill(parent, SIGKILL) == 0);
  REQUIRE(::waitpid(parent, nullptr, 0) == parent);
  // Gone, or waiting for somebody to collect it.
  CHECK(within(std::chrono::seconds(20), [&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    return text.empty() || text.find(") Z ") != std::string::npos;
  }));
}

TEST_CASE("a folder that is not there is an error and no exit code") {
  Command nowhere = bash("true");
  nowhere.directory = "/nowhere at all";
  CHECK(run(nowhere).error().code == ErrorCode::unavailable);
}

TEST_CASE("a program is ended when whoever waits is to stop") {
  Command command = bash("echo begun; sleep 30");
  int asked = 0;
  command.should_stop = [&] { return ++asked > 2; };
  const auto before = std::chrono::steady_clock::now();
  CHECK(run(command).error().code == ErrorCode::unavailable);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
}

TEST_CASE("a program that writes too much is ended, and of its errors the end is kept") {
  Command command = bash("yes");
  command.output_bytes_max = 100'000;
  const auto finished = run(command);
  REQUIRE(!finished.has_value());
  CHECK(finished.error().code == ErrorCode::unavailable);
  const auto loud = run(bash("for i in {1..40000}; do echo line $i >&2; done; echo last >&2"));
  REQUIRE(loud.has_value());
  CHECK(loud->errors.size() < 300'000);
  CHECK(loud->errors.ends_with("last\n"));
}

TEST_CASE("a program that is not there, and one that a signal ended") {
  Command missing = bash({});
  missing.argv = {"no-such-program-of-mibun"};
  CHECK(run(missing).error().code == ErrorCode::unavailable);
  CHECK(run(bash("kill -TERM $$"))->exit_code == 128 + 15);
}

}  // namespace mibun::process
