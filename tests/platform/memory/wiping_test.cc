#include <doctest/doctest.h>
#include <fcntl.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "core/base/secret.h"
#include "platform/memory/stack.h"

// What was freed or left on a stack is looked at from outside, by the kernel: reading it by a pointer would be a
// mistake that the compiler may do anything with.
namespace mibun::memory {
namespace {

// A byte that is looked at may be like a mark by chance, part of an address or of the allocator's key. What was left is
// there with each of these.
constexpr std::array<std::uint8_t, 4> kMarks{0xa7, 0x5c, 0x93, 0x36};
std::uint8_t mark_of_now = kMarks[0];

// `deed`: marks something and tells how many marks are left.
template <class Deed>
std::size_t left_by(const Deed& deed) {
  std::size_t least = deed();
  for (const std::uint8_t mark : kMarks) {
    if (least == 0) break;
    mark_of_now = mark;
    least = std::min(least, deed());
  }
  return least;
}

// How many marks are there. What looks must not take the memory that it looks at: nothing here is on the heap.
std::size_t marks_at(std::uintptr_t address, std::size_t size) {
  static std::array<std::uint8_t, 4096> seen;
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::size_t marks = 0;
  for (std::size_t at = 0; at < size;) {
    const ssize_t got =
        ::pread(memory, seen.data(), std::min(seen.size(), size - at), static_cast<off_t>(address + at));
    if (got <= 0) break;
    marks += static_cast<std::size_t>(std::count(seen.begin(), seen.begin() + got, mark_of_now));
    at += static_cast<std::size_t>(got);
  }
  ::close(memory);
  return marks;
}

struct Seen {
  std::uintptr_t address;
  std::size_t size;
  std::size_t marks() const { return marks_at(address, size); }
};

Seen mark(void* memory, std::size_t size) {
  std::memset(memory, mark_of_now, size);
  asm volatile("" : : "r"(memory) : "memory");
  return {reinterpret_cast<std::uintptr_t>(memory), size};
}

// Leaves marks where a call has been, `depth` frames of a kilobyte below. Returns where the last of them lay.
__attribute__((noinline)) Seen leave_marks(int depth) {
  char room[1024];
  const Seen seen = mark(room, sizeof room);
  return depth == 0 ? seen : leave_marks(depth - 1);
}

}  // namespace

#ifndef MIBUN_SANITIZED

TEST_CASE("freed memory holds nothing, however small or large, and whoever frees it") {
  for (const std::size_t size : {24UL, 100UL, 1000UL, 20'000UL, 100'000UL}) {
    CAPTURE(size);
    const std::size_t by_free = left_by([&] {
      void* memory = std::malloc(size);
      void* keep_heap = std::malloc(64);  // so that the end of the heap is not given back with it
      const Seen seen = mark(memory, size);
      REQUIRE(seen.marks() == size);
      std::free(memory);
      const std::size_t left = seen.marks();
      std::free(keep_heap);
      return left;
    });
    CHECK(by_free == 0);
    const std::size_t by_a_text = left_by([&] {
      std::string text(size, 'x');
      void* keep_heap = std::malloc(64);
      const Seen seen = mark(text.data(), size);
      std::string().swap(text);
      const std::size_t left = seen.marks();
      std::free(keep_heap);
      return left;
    });
    CHECK(by_a_text == 0);
    const std::size_t by_a_library = left_by([&] {
      void* foreign = CRYPTO_malloc(size, "", 0);  // another library's
      void* keep_heap = std::malloc(64);
      const Seen seen = mark(foreign, size);
      REQUIRE(seen.marks() == size);
      CRYPTO_free(foreign, "", 0);
      const std::size_t left = seen.marks();
      std::free(keep_heap);
      return left;
    });
    CHECK(by_a_library == 0);
  }
}

TEST_CASE("memory that grows or shrinks leaves nothing where it was, and keeps its content") {
  void* neighbour = nullptr;
  void* tiny = nullptr;
  const auto grow_and_shrink = [&] {
    std::free(neighbour);
    std::free(tiny);
    void* memory = std::malloc(100);
    const Seen small = mark(memory, 100);
    neighbour = std::malloc(100);
    void* grown = std::realloc(memory, 5000);
    CHECK(marks_at(reinterpret_cast<std::uintptr_t>(grown), 100) == 100);
    std::size_t left = reinterpret_cast<std::uintptr_t>(grown) == small.address ? 0 : small.marks();
    const Seen large = mark(grown, 5000);
    void* shrunk = std::realloc(grown, 4000);
    CHECK(marks_at(reinterpret_cast<std::uintptr_t>(shrunk), 4000) == 4000);
    left += large.marks() - 4000;
    tiny = std::realloc(shrunk, 10);
    CHECK(marks_at(reinterpret_cast<std::uintptr_t>(tiny), 10) == 10);
    left += large.marks() - (reinterpret_cast<std::uintptr_t>(tiny) == large.address ? 10U : 0U);
    return left;
  };
  CHECK(left_by(grow_and_shrink) == 0);
  CHECK(std::realloc(tiny, 0) == nullptr);
  void* fresh = std::realloc(nullptr, 50);
  CHECK(malloc_usable_size(fresh) >= 50);
  std::free(fresh);
  std::free(neighbour);
}

TEST_CASE("what returned calls left on the stack is gone, near and deep, on any thread") {
  const auto look = [] {
    for (const int depth : {0, 3, 40, 400}) {
      CAPTURE(depth);
      const std::size_t marks = left_by([&] {
        const Seen left = leave_marks(depth);
        CHECK(left.marks() > 100);  // looking writes over some
        leave_marks(depth);
        wipe_unused_stack();
        return left.marks();
      });
      CHECK(marks == 0);
    }
  };
  look();
  std::thread(look).join();
}

TEST_CASE("a thread whose stack is used up to its end is wiped, and nothing below") {
  std::thread([] {
    for (int i = 0; i < 2; ++i) {
      const std::size_t marks = left_by([] {
        const Seen left = leave_marks(6000);  // of 8 MiB
        wipe_unused_stack();
        return left.marks();
      });
      CHECK(marks == 0);
    }
  }).join();
}

#endif

TEST_CASE("wiping the stack changes nothing of whoever calls it") {
  std::vector<int> numbers(1000);
  char local[256];
  std::memset(local, kMarks[0], sizeof local);
  wipe_unused_stack();
  for (const char c : local) REQUIRE(static_cast<std::uint8_t>(c) == kMarks[0]);
  CHECK(numbers == std::vector<int>(1000));
}

}  // namespace mibun::memory
