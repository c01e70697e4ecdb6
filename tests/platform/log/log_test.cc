#include "platform/log/log.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include "platform/files/files.h"
#include "platform/log/json_line.h"
#include "tests/support/temp_dir.h"

using namespace mibun;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  const auto bytes = files::read_file(path, 1 << 24);
  REQUIRE(bytes.has_value());
  std::istringstream text{std::string(as_text(*bytes))};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string line_with(std::string_view value) {
  return log::json_line(Instant::from_unix_milliseconds(1'795'403'039'123), log::Level::info, "event",
                        {{"value", value}});
}

}  // namespace

TEST_CASE("a line is JSON with a time in Japan, a level, an event and its fields in order") {
  CHECK(log::json_line(
            Instant::from_unix_milliseconds(1'795'403'039'123), log::Level::warning, "request_done",
            {{"route", "/api/v1/x/{id}"}, {"status", std::int64_t{200}}, {"kept", true}, {"low", INT64_MIN}}) ==
        R"({"time":"2026-11-23T12:03:59.123+09:00","level":"warning","event":"request_done","route":"/api/v1/x/{id}",)"
        R"("status":200,"kept":true,"low":-9223372036854775808})");
  CHECK(log::json_line(Instant(), log::Level::error, "e", {}) ==
        R"({"time":"1970-01-01T09:00:00.000+09:00","level":"error","event":"e"})");
}

TEST_CASE("a value stays a value: no line break, no second member, nothing for a terminal") {
  static constexpr std::string_view corpus[] = {
      "a\nb",
      "a\r\n{\"time\":\"2026-01-01T00:00:00.000+09:00\",\"level\":\"info\",\"event\":\"forged\"}",
      "\",\"admin\":true,\"x\":\"",
      "\\\",\"admin\":true,\"x\":\"",
      "\\",
      "\\u0022,\\u000a",
      std::string_view("nul\0nul", 7),
      "\x1b[31mred\x1b[0m \x1b]0;title\x07",
      "\x1b[2J\x1b[1;1H",
      "\x7f\x08\x08\x08",
      "\u009b31m C1 control",
      "\u0085next line",
      "\u2028line separator\u2029",
      "\u202egnp.exe",
      "\u2066isolate\u2069",
      "\ufeffmark",
      "身分 😀",
      "\x80\xff\xfe",
      "\xc0\x8a overlong line feed",
      "\xe0\x80\x8a",
      "\xed\xa0\x80 lone surrogate",
      "\xf4\x90\x80\x80",
      "cut \xe8\xba",
      "</script><script>alert(1)</script>",
      "%s%n${jndi:ldap://x}{}{0}",
  };
  for (const std::string_view value : corpus) {
    const std::string line = line_with(value);
    INFO(line);
    for (const char c : line) CHECK((c >= 0x20 && c < 0x7f));
    const auto parsed = boost::json::parse(line);
    const auto& members = parsed.as_object();
    CHECK(members.size() == 4);
    CHECK(members.at("event").as_string() == "event");
    CHECK(members.at("level").as_string() == "info");
    if (value.find_first_of("\x80\xff\xc0\xe0\xed\xf4") == std::string_view::npos && !value.starts_with("cut")) {
      CHECK(std::string_view(members.at("value").as_string()) == value);
    }
  }
}

TEST_CASE("text comes back from the line, and what is no UTF-8 is marked") {
  const auto back = [](std::string_view value) {
    return std::string(boost::json::parse(line_with(value)).at("value").as_string());
  };
  CHECK(back("身分 😀 \u07ff\uffff\U0010ffff\U00010000") == "身分 😀 \u07ff\uffff\U0010ffff\U00010000");
  CHECK(back("a\xff"
             "b") == "a\ufffdb");
  CHECK(back("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");
  CHECK(back("\xc0\x8a") == "\ufffd\ufffd");
  CHECK(back("\xe0\x80\x8a") == "\ufffd\ufffd\ufffd");
  CHECK(back("\xf0\x80\x80\x8a") == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(back("\xf4\x90\x80\x80") == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(back("\xe8\xba") == "\ufffd\ufffd");
  CHECK(line_with("身😀").find(R"("\u8eab\ud83d\ude00")") != std::string::npos);
}

TEST_CASE("names are escaped too, and cannot take the place of the first three members") {
  const std::string line = log::json_line(Instant(), log::Level::info, "a\",\"b",
                                          {{"time", "x"}, {"level", "x"}, {"event", "x"}, {"\n", "x"}});
  const auto parsed = boost::json::parse(line);
  CHECK(parsed.as_object().size() == 7);
  CHECK(parsed.at("event").as_string() == "a\",\"b");
  CHECK(parsed.at("time_").as_string() == "x");
  CHECK(parsed.at("time").as_string() != "x");
}

TEST_CASE("long values are cut") {
  CHECK(line_with(std::string(1024, 'a')).find("...") == std::string::npos);
  const std::string line = line_with(std::string(1'000'000, 'a'));
  CHECK(line.size() < 1200);
  CHECK(line.find("aaa...\"}") != std::string::npos);
}

TEST_CASE("lines go to the file once it is open, from the minimum level on") {
  const TempDir directory;
  const std::string path = directory.file("mibun.log");
  log::info("too_early");
  log::open(path, log::Level::info);
  log::write(log::Level::debug, "too_low");
  log::info("started", {{"port", std::int64_t{443}}});
  log::warning("careful");
  log::error("broken", {{"code", "database_error"}});
  log::flush();
  const auto lines = lines_of(path);
  REQUIRE(lines.size() == 3);
  const std::regex shape(
      R"rx(\{"time":"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{3}\+09:00","level":"(info|warning|error)","event":"[a-z_]+".*\})rx");
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(std::regex_match(line, shape));
  }
  CHECK(lines[0].ends_with(R"("level":"info","event":"started","port":443})"));
  CHECK(lines[1].ends_with(R"("level":"warning","event":"careful"})"));
  CHECK(lines[2].ends_with(R"("level":"error","event":"broken","code":"database_error"})"));
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  log::open(path, log::Level::error);  // appends
  log::warning("too_low");
  log::error("again");
  CHECK(lines_of(path).size() == 4);
}

TEST_CASE("lines of several threads do not mix") {
  const TempDir directory;
  const std::string path = directory.file("mibun.log");
  log::open(path, log::Level::info);
  std::vector<std::thread> threads;
  for (std::int64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (std::int64_t i = 0; i < 200; ++i) {
        log::info("line", {{"thread", thread}, {"i", i}, {"filler", std::string(200, 'x')}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = lines_of(path);
  CHECK(lines.size() == 800);
  for (const std::string& line : lines) CHECK(boost::json::parse(line).as_object().size() == 6);
}

TEST_CASE("a log file that cannot be opened does not stop the program") {
  const TempDir directory;
  log::open(directory.file("no/such/folder/mibun.log"), log::Level::error);
  log::info("not_shown");
  CHECK(!files::exists(directory.file("no")));
}
