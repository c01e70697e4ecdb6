#include "core/base/sort.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace mibun;

namespace {

struct Named {
  int rank;
  std::string name;
};

std::vector<int> sorted(std::vector<int> numbers) {
  sort(numbers);
  return numbers;
}

}  // namespace

TEST_CASE("every order of seven numbers, two of them equal, is put in order") {
  std::vector<int> numbers = {1, 2, 3, 3, 4, 5, 6};
  const std::vector<int> want = numbers;
  do CHECK(sorted(numbers) == want);
  while (std::ranges::next_permutation(numbers).found);
}

TEST_CASE("nothing, and one thing, are in order") {
  CHECK(sorted({}).empty());
  CHECK(sorted({7}) == std::vector{7});
}

TEST_CASE("many, with many equal among them, are put in order") {
  std::vector<unsigned> numbers;
  for (unsigned at = 0; at < 5000; ++at) numbers.push_back(at * 7919 % 613);
  sort(numbers);
  CHECK(numbers.size() == 5000);
  CHECK(std::ranges::is_sorted(numbers));
}

TEST_CASE("a projection says what is compared, a predicate how") {
  std::vector<Named> things = {{2, "b"}, {1, "a"}, {3, "c"}};
  sort(things, std::greater{}, &Named::rank);
  CHECK((things[0].name == "c" && things[1].name == "b" && things[2].name == "a"));
}

TEST_CASE("what can only be moved is sorted, too, and so is a part of a vector") {
  std::vector<std::unique_ptr<int>> things;
  for (const int number : {9, 3, 1, 2}) things.push_back(std::make_unique<int>(number));
  sort(std::span(things).subspan(1), {}, [](const std::unique_ptr<int>& one) { return *one; });
  CHECK((*things[0] == 9 && *things[1] == 1 && *things[2] == 2 && *things[3] == 3));
}
