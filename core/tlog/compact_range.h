#pragma once

#include <span>
#include <vector>

#include "core/tlog/hash.h"

namespace mibun::tlog {

// The fewest complete subtrees that cover the leaves [0, size): one for each 1 in the size, the largest first. Enough
// to append and to know the root, without the leaves.
class CompactRange {
 public:
  CompactRange() = default;
  // `peaks`: as peaks_of(size) names them; another number of them is our bug.
  CompactRange(std::uint64_t size, std::vector<Hash> peaks);

  void append(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  const std::vector<Hash>& peaks() const { return peaks_; }
  Hash root() const;  // RFC 6962, section 2.1

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// The subtrees that cover [begin, end), from left to right. `begin` is a multiple of every power of two up to the
// range's own size, as it is for each range that RFC 6962 hashes.
std::vector<NodeId> peaks_of(std::uint64_t begin, std::uint64_t end);

// The hash over neighbouring subtrees, the right ones first: ((c d) with b) with a. At least one.
Hash fold(std::span<const Hash> peaks);

}  // namespace mibun::tlog
