#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "platform/files/files.h"
#include "tests/server/world/test_world.h"

// docs/fault_matrix.md names the test of each fault.
namespace mibun::server {
namespace {

std::string text_of(const std::string& path) {
  const auto text = files::read_file(std::string(MIBUN_SOURCE) + "/" + path, 1 << 20);
  return text ? std::string(as_text(*text)) : std::string();
}

}  // namespace

TEST_CASE("every fault of the table has its tests, which are there, or is said to have none") {
  const std::string table = text_of("docs/fault_matrix.md");
  const std::regex row_of(R"(\| (F\d+)? \|[^\n]*\n)"), link(R"(\[([^\]]+)\]\(\.\./(tests/[^)]+)\))");
  std::set<std::string> faults;
  std::size_t tests = 0;
  for (std::sregex_iterator row(table.begin(), table.end(), row_of), end; row != end; ++row) {
    const std::string line = row->str();
    CAPTURE(line);
    if ((*row)[1].matched) faults.insert((*row)[1].str());
    const std::sregex_iterator first(line.begin(), line.end(), link);
    const bool is_measured = line.find("measures it") != std::string::npos;
    CHECK((first != end || is_measured || line.find("no test") != std::string::npos));
    for (auto one = first; one != end; ++one, ++tests) {
      CAPTURE((*one)[1].str());
      CHECK(text_of((*one)[2].str()).find("TEST_CASE(\"" + (*one)[1].str()) != std::string::npos);
    }
  }
  CHECK(faults.size() == 18);
  CHECK(tests >= 50);
}

}  // namespace mibun::server
