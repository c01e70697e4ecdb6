#pragma once

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <cstddef>

#include "core/codecs/json.h"

namespace mibun::json {

// Memory for the JSON of one short piece of work: in place while it fits, then from the heap, all freed with the arena.
// What outlives the work is copied out, because values in an arena must not be copied by two threads at a time.
class Arena {
 public:
  StoragePtr storage() { return &resource_; }

 private:
  alignas(std::max_align_t) std::array<unsigned char, 32 * 1024> buffer_;
  boost::json::monotonic_resource resource_{buffer_.data(), buffer_.size()};
};

}  // namespace mibun::json
