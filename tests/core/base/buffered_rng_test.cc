#include "core/base/buffered_rng.h"

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

using namespace mibun;

namespace {

// Numbers its bytes, so that one can see which of them arrived, and counts its calls.
class CountingRng final : public Rng {
 public:
  void fill(std::span<std::uint8_t> out) override {
    ++calls;
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next++ * 2654435761U >> 24);
  }
  std::uint32_t next = 0;
  int calls = 0;
};

}  // namespace

TEST_CASE("many small amounts come from one call of the source, and none twice") {
  CountingRng source;
  BufferedRng rng(source);
  std::multiset<std::uint8_t> drawn;
  for (int i = 0; i < 256; ++i) {
    for (const std::uint8_t byte : rng.bytes(16)) drawn.insert(byte);
  }
  CHECK(source.calls == 1);
  CountingRng again;
  const Bytes expected = again.bytes(4096);
  CHECK(drawn == std::multiset<std::uint8_t>(expected.begin(), expected.end()));
  rng.bytes(1);
  CHECK(source.calls == 2);
}

TEST_CASE("what does not fit the stock's rest is drawn anew, and more than the stock comes from the source") {
  CountingRng source;
  BufferedRng rng(source);
  rng.bytes(4000);
  CHECK(rng.bytes(97).size() == 97);
  CHECK(source.calls == 2);
  CountingRng other;
  CHECK(BufferedRng(other).bytes(5000) == CountingRng().bytes(5000));
  CHECK(BufferedRng(other).bytes(0).empty());
}

TEST_CASE("a process that was forked draws its own") {
  CountingRng source;
  BufferedRng rng(source);
  rng.bytes(16);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    rng.bytes(16);
    _exit(source.calls);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 2);
  rng.bytes(16);
  CHECK(source.calls == 1);
}

TEST_CASE("what was given out is gone from the stock, and all of it when the stock ends") {
  CountingRng source;
  alignas(BufferedRng) std::array<std::uint8_t, sizeof(BufferedRng)> memory{};
  auto* rng = std::construct_at(reinterpret_cast<BufferedRng*>(memory.data()), source);
  const Bytes expected = CountingRng().bytes(4096);
  const auto holds = [&](BytesView bytes) { return !std::ranges::search(memory, bytes).empty(); };
  const Bytes given = rng->bytes(16);
  CHECK(given == Bytes(expected.end() - 16, expected.end()));
  CHECK(!holds(given));
  const BytesView left = BytesView(expected).first(4080);
  CHECK(holds(left));
  std::destroy_at(rng);
  CHECK(!holds(left.first(16)));
  CHECK(!holds(left.last(16)));
}
