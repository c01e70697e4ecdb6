#include "core/status_list/index_allocator.h"

#include <array>
#include <limits>

namespace mibun::status_list {
namespace {

std::uint64_t random_word(Rng& rng) {
  std::array<std::uint8_t, 8> bytes{};
  rng.fill(bytes);
  std::uint64_t word = 0;
  for (const std::uint8_t byte : bytes) word = (word << 8) | byte;
  return word;
}

constexpr int kGuesses = 64;

}  // namespace

std::uint64_t random_below(std::uint64_t bound, Rng& rng) {
  const std::uint64_t whole = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  std::uint64_t word = random_word(rng);
  while (word >= whole) word = random_word(rng);
  return word % bound;
}

IndexAllocator::IndexAllocator(std::uint64_t size) : size_(size), used_(static_cast<std::size_t>(size)) {}

Status IndexAllocator::mark_used(std::uint64_t index) {
  if (index >= size_) return fail(ErrorCode::status_list_index_out_of_range, "status_list.idx");
  if (!is_used(index)) ++used_count_;
  used_[static_cast<std::size_t>(index)] = true;
  return {};
}

std::uint64_t IndexAllocator::unused_number(std::uint64_t rank) const {
  for (std::uint64_t index = 0;; ++index) {
    if (is_used(index)) continue;
    if (rank == 0) return index;
    --rank;
  }
}

Result<std::uint64_t> IndexAllocator::take(Rng& rng) {
  if (unused() == 0) return fail(ErrorCode::status_list_full, "status_list", "every index was given out");
  std::uint64_t index = random_below(size_, rng);
  for (int guess = 1; guess < kGuesses && is_used(index); ++guess) index = random_below(size_, rng);
  // Nearly full: count instead of guessing. Still uniform, since the guesses that failed say nothing about the rest.
  if (is_used(index)) index = unused_number(random_below(unused(), rng));
  MIBUN_CHECK(mark_used(index));
  return index;
}

}  // namespace mibun::status_list
