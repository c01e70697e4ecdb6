#include "core/status_list/index_allocator.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/test_pki.h"

using namespace mibun;
using status_list::IndexAllocator;

TEST_CASE("every index is given out exactly once, and then the list is full") {
  SeededRng rng(1);
  IndexAllocator allocator(1000);
  std::set<std::uint64_t> given;
  for (int i = 0; i < 1000; ++i) given.insert(must(allocator.take(rng)));
  CHECK(given.size() == 1000);
  CHECK(*given.rbegin() == 999);
  CHECK(allocator.unused() == 0);
  CHECK(code_of(allocator.take(rng)) == ErrorCode::status_list_full);
}

TEST_CASE("what the store says is used is never given again") {
  SeededRng rng(2);
  IndexAllocator allocator(64);
  for (std::uint64_t i = 0; i < 64; ++i) {
    if (i != 17) must(allocator.mark_used(i));
  }
  must(allocator.mark_used(0));
  CHECK(allocator.unused() == 1);
  CHECK(must(allocator.take(rng)) == 17);
  CHECK(code_of(allocator.mark_used(64)) == ErrorCode::status_list_index_out_of_range);
  IndexAllocator none(0);
  CHECK(code_of(none.take(rng)) == ErrorCode::status_list_full);
}

TEST_CASE("indexes are spread evenly: chi-square over 64 cells of a million-entry list") {
  SeededRng rng(3);
  IndexAllocator allocator(1'000'000);
  constexpr int kDraws = 64'000, kCells = 64;
  int cells[kCells] = {};
  std::uint64_t previous = 0;
  int neighbours = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t index = must(allocator.take(rng));
    ++cells[index * kCells / 1'000'000];
    if (index == previous + 1) ++neighbours;
    previous = index;
  }
  double chi_square = 0;
  for (const int n : cells) chi_square += (n - 1000.0) * (n - 1000.0) / 1000.0;
  CHECK(chi_square < 110);  // 63 degrees of freedom: p = 0.0002
  CHECK(neighbours < 10);
}
