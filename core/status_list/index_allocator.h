#pragma once

#include <cstdint>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"

namespace mibun::status_list {

// Uniform below `bound` (not 0), without the bias of a plain remainder.
std::uint64_t random_below(std::uint64_t bound, Rng& rng);

// Gives each credential an index of its own, at random: neighbouring or growing indexes would tell which credentials
// were issued together (threat I3). An index is never given twice, not even after its credential has expired, so the
// store writes each one durably (unique per list) and marks them again after a restart.
class IndexAllocator {
 public:
  explicit IndexAllocator(std::uint64_t size);

  // From the store. Errors: status_list_index_out_of_range. Marking twice is harmless.
  Status mark_used(std::uint64_t index);
  // An unused index, each with the same probability; used from now on. Errors: status_list_full.
  Result<std::uint64_t> take(Rng& rng);

  std::uint64_t size() const { return size_; }
  std::uint64_t unused() const { return size_ - used_count_; }

 private:
  bool is_used(std::uint64_t index) const { return used_[static_cast<std::size_t>(index)]; }
  std::uint64_t unused_number(std::uint64_t rank) const;
  std::uint64_t size_;
  std::uint64_t used_count_ = 0;
  std::vector<bool> used_;
};

}  // namespace mibun::status_list
