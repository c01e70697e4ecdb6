#pragma once

#include <cstddef>
#include <memory>

namespace mibun::bench {

// The yardstick for sealed records: AES-256-GCM over `size` bytes by the crypto library alone, with contexts that are
// made beforehand. Each record has a key of its own, as people have; a record cannot be sealed faster with this
// library.
class RawSealing {
 public:
  explicit RawSealing(std::size_t size);
  ~RawSealing();
  RawSealing(const RawSealing&) = delete;
  RawSealing& operator=(const RawSealing&) = delete;

  // False if the library refused.
  [[nodiscard]] bool seal_one();
  [[nodiscard]] bool open_one();  // what seal_one() made

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
