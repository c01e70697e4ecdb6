#pragma once

#include <memory>

#include "core/base/result.h"

namespace mibun::bench {

// A photo of 2 MB, sealed and opened as platform/blobs does it, without the disk.
class BlobBench {
 public:
  static constexpr std::size_t kContentBytes = 2 * 1024 * 1024;

  static Result<BlobBench> make();
  BlobBench(BlobBench&&) noexcept;
  ~BlobBench();

  Status seal();
  Status open();

 private:
  struct Impl;
  explicit BlobBench(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
