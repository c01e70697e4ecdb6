#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "platform/files/files.h"
#include "tests/cli/serve/started_server.h"

// Promise WP-02d: what may be kept in Japan only is not started with a place elsewhere. The real program.
namespace {

using namespace mibun;

struct Server : StartedServer {
  std::string place(const char* name, const char* region) const {
    std::string text = R"({"directory":")" + directory.file(name) + '"';
    if (region != nullptr) text += std::string(R"(,"region":")") + region + '"';
    return text + "}";
  }
};

}  // namespace

TEST_CASE("a directory outside of Japan is refused before anything is made, with an exit code of its own") {
  Server server;
  const std::string here = server.place("a", "JP"), abroad = server.place("b", "US");
  for (const std::string& files : {abroad, here + "," + abroad, abroad + "," + here}) {
    const auto ended = server.start(R"({"files":[)" + files + "]}");
    CHECK(ended.exit_code == kWrongRegion);
    CHECK(ended.err.find(server.directory.file("b")) != std::string::npos);
    CHECK(ended.err.find("outside of Japan") != std::string::npos);
    CHECK(server.start(R"({"files":[)" + files + "]}", "ja").err.find("日本の外") != std::string::npos);
    for (const char* made : {"data", "a", "b"}) CHECK_FALSE(files::exists(server.directory.file(made)));
  }
}

TEST_CASE("directories in Japan are used, with or without saying so; half-said places are refused") {
  Server server;
  CHECK(server
            .start(R"({"files":[)" + server.place("a", "JP") + "," + server.place("b", nullptr) +
                   R"(],"file_copies_min":2})")
            .exit_code == kPortTaken);
  CHECK(files::exists(server.directory.file("a/mibun-files")));
  CHECK(files::exists(server.directory.file("b/mibun-files")));
  CHECK_FALSE(files::exists(server.directory.file("data/files")));
  for (const std::string& config :
       {R"({"files":[{"directory":"relative"}]})" + std::string(), std::string(R"({"files":[{"region":"JP"}]})"),
        R"({"files":[)" + server.place("a", "Japan") + "]}",
        R"({"files":[)" + server.place("a", "JP") + R"(],"file_copies_min":2})",
        R"({"files":[)" + server.place("a", "JP") + R"(],"file_copies_min":0})",
        R"({"files":[)" + server.place("a", "JP") + "," + server.place("a", "JP") + "]}"}) {
    INFO(config);
    CHECK(server.start(config).exit_code == kRefused);
  }
  CHECK(server.start("{}").exit_code == kPortTaken);
  CHECK(files::exists(server.directory.file("data/files/b/mibun-files")));
}

TEST_CASE("mibun check records prints the page of the documents") {
  const auto printed = run_process({MIBUN_PROGRAM, "check", "records"});
  CHECK(printed.exit_code == 0);
  std::ifstream in(std::string(MIBUN_DOCS) + "/records.md", std::ios::binary);
  CHECK(printed.out == std::string{std::istreambuf_iterator<char>(in), {}});
}
