#include "core/base/result.h"

#include <doctest/doctest.h>

#include <set>

using namespace mibun;

namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::invalid_argument, "value", "odd");
  return value / 2;
}

Result<std::string> quarter(int value) {
  MIBUN_TRY(const int once, half(value));
  MIBUN_TRY(const int twice, half(once));
  return std::to_string(twice);
}

}  // namespace

TEST_CASE("MIBUN_TRY passes the error of the first failure on") {
  CHECK(quarter(8).value() == "2");
  const auto failed = quarter(6);
  REQUIRE(!failed.has_value());
  CHECK(failed.error().code == ErrorCode::invalid_argument);
  CHECK(failed.error().where == "value");
}

TEST_CASE("every code has its own number and name") {
  std::set<int> numbers;
  std::set<std::string_view> names;
  int count = 0;
#define MIBUN_ERROR(name, number)           \
  ++count;                                  \
  numbers.insert(number);                   \
  names.insert(to_string(ErrorCode::name)); \
  CHECK(to_string(ErrorCode::name) == #name);
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
  CHECK(numbers.size() == static_cast<std::size_t>(count));
  CHECK(names.size() == static_cast<std::size_t>(count));
  CHECK(to_string(ErrorCode::json_duplicate_key) == "json_duplicate_key");
  for (const int none : {0, 65'535}) {
    REQUIRE(!numbers.contains(none));
    CHECK(to_string(static_cast<ErrorCode>(none)) == "unknown_error");
  }
}
