#include "core/base/decimal.h"

#include <doctest/doctest.h>

#include <limits>

using namespace mibun;

TEST_CASE("a number is written with so many digits, zeros first and the last ones of a longer number") {
  CHECK(decimal(0, 4) == "0000");
  CHECK(decimal(7, 4) == "0007");
  CHECK(decimal(1234, 4) == "1234");
  CHECK(decimal(91234, 4) == "1234");
  CHECK(decimal(5, 0).empty());
  CHECK(decimal(std::numeric_limits<std::uint64_t>::max(), 20) == "18446744073709551615");
  char text[] = "....!";
  CHECK(put_decimal(text, 4, 56) == text + 4);
  CHECK(std::string(text) == "0056!");
}
