#include <algorithm>

#include "platform/blobs/format.h"

using namespace mibun;

namespace {

// Always the same bytes: a run has to be repeatable.
class Zeros final : public Rng {
 public:
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0}); }
};

constexpr blobs::Belonging kBelonging{"owner", "00112233445566778899aabbccddeeff"};
constexpr std::size_t kKey = blobs::kKeySize;

}  // namespace

// A header that parses is written again as the same bytes. What was not sealed is never opened; what was, opens, and no
// longer when the input has changed one of its bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const Bytes key(kKey, 7);
  if (const auto header = blobs::Header::parse(input)) {
    MIBUN_INVARIANT(std::ranges::equal(header->encoded(), input.first(blobs::kHeaderSize)));
    MIBUN_INVARIANT(header->chunks() >= 1 && header->sealed_size() > header->content_size);
  }
  MIBUN_INVARIANT(!blobs::open(key, kBelonging, input).has_value());
  if (size < 4) return 0;
  Zeros rng;
  Bytes sealed = blobs::seal(key, kBelonging, input, rng, blobs::kChunkBitsMin);
  const auto opened = blobs::open(key, kBelonging, sealed);
  MIBUN_INVARIANT(opened.has_value() && std::ranges::equal(*opened, input));
  const std::size_t place = (std::size_t{data[0]} << 16 | std::size_t{data[1]} << 8 | data[2]) % sealed.size();
  const auto change = static_cast<std::uint8_t>(data[3] | 1);
  sealed[place] = static_cast<std::uint8_t>(sealed[place] ^ change);
  MIBUN_INVARIANT(!blobs::open(key, kBelonging, sealed).has_value());
  return 0;
}
