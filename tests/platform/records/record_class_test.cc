#include "platform/records/record_class.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "platform/records/tables.h"
#include "tests/support/temp_dir.h"

namespace mibun::records {
namespace {

// Does this compile, with the compiler that compiles us?
bool compiles(std::string_view body) {
  const TempDir directory;
  const std::string source =
      directory.write("try.cc", "#include \"platform/records/class_id.h\"\n" + std::string(body) + "\n");
  const std::string command =
      std::string(MIBUN_COMPILER) + " -std=c++23 -fsyntax-only -I '" + MIBUN_SOURCES + "' '" + source + "' 2>/dev/null";
  return std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c): fixed words
}

}  // namespace

TEST_CASE("a class without its row does not compile, and nobody else makes one") {
  constexpr const char* kUse = "void keep(mibun::records::ClassId);\nvoid use() { ";
  CHECK(compiles(std::string(kUse) + "keep(\"claims\"); }"));
  CHECK_FALSE(compiles(std::string(kUse) + "keep(\"claims of mine\"); }"));
  CHECK_FALSE(compiles(std::string(kUse) + "keep(std::string(\"claims\")); }"));  // made while running
  CHECK_FALSE(compiles(std::string(kUse) + "keep(3); }"));
  CHECK_FALSE(compiles(std::string(kUse) + "keep({}); }"));
}

TEST_CASE("names are words for the sealed records, and lead back to their rows") {
  for (const RecordClass& row : kClasses) {
    const auto found = ClassId::named(row.name);
    REQUIRE(found.has_value());
    CHECK(&row_of(*found) == &row);
    CHECK(found->name() == row.name);
  }
  CHECK_FALSE(ClassId::named("claims of mine").has_value());
  CHECK_FALSE(ClassId::named("").has_value());
  CHECK(*ClassId::named("claims") == ClassId("claims"));
  CHECK_FALSE(*ClassId::named("claims") == ClassId("findings"));
}

TEST_CASE("inquiries alone are kept outside of Japan") {
  std::set<std::string_view> abroad;
  for (const RecordClass& row : kClasses) {
    if (row.region != Region::japan) abroad.insert(row.name);
  }
  CHECK(abroad == std::set<std::string_view>{"inquiries", "inquiry answers"});
  CHECK(parse_region("JP").value() == Region::japan);
  CHECK(parse_region("US").value() == Region::united_states);
  for (const char* other : {"", "jp", "JPN", "EU"}) {
    CHECK(parse_region(other).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("every class lies in some table") {
  std::set<std::string_view> used;
  for (const TableOf& table : kTables) used.insert(table.record_class.name());
  for (const RecordClass& row : kClasses) {
    INFO(row.name);
    CHECK(used.contains(row.name));
  }
}

TEST_CASE("docs/records.md is what the table says") {
  std::ifstream in(std::string(MIBUN_DOCS) + "/records.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  CHECK_MESSAGE(page == to_markdown(), "mibun check records >docs/records.md");
}

}  // namespace mibun::records
