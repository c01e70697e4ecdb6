#include "core/tlog/compact_range.h"

#include <bit>
#include <utility>

#include "core/base/result.h"

namespace mibun::tlog {

CompactRange::CompactRange(std::uint64_t size, std::vector<Hash> peaks) : size_(size), peaks_(std::move(peaks)) {
  MIBUN_INVARIANT(peaks_.size() == static_cast<std::size_t>(std::popcount(size_)));
}

void CompactRange::append(const Hash& leaf) {
  Hash node = leaf;
  for (std::uint64_t left = size_; (left & 1) != 0; left >>= 1) {
    node = node_hash(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
}

Hash CompactRange::root() const {
  return peaks_.empty() ? empty_root() : fold(peaks_);
}

std::vector<NodeId> peaks_of(std::uint64_t begin, std::uint64_t end) {
  std::vector<NodeId> out;
  while (begin < end) {
    const auto level = static_cast<unsigned>(std::bit_width(end - begin) - 1);
    out.push_back({level, begin >> level});
    begin += std::uint64_t{1} << level;
  }
  return out;
}

Hash fold(std::span<const Hash> peaks) {
  MIBUN_INVARIANT(!peaks.empty());
  Hash out = peaks.back();
  for (std::size_t i = peaks.size() - 1; i-- > 0;) out = node_hash(peaks[i], out);
  return out;
}

}  // namespace mibun::tlog
