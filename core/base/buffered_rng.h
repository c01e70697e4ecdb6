#pragma once

#include <array>

#include "core/base/random.h"

namespace mibun {

// A stock of another source's bytes, for work that needs many small ones (a salt for each claim): OpenSSL's generator
// takes as long for one byte as for some thousands. For one thread. Bytes given out are wiped here, and a process that
// was forked draws its own.
class BufferedRng final : public Rng {
 public:
  explicit BufferedRng(Rng& source) : source_(source) {}
  ~BufferedRng() override;
  BufferedRng(const BufferedRng&) = delete;
  BufferedRng& operator=(const BufferedRng&) = delete;

  void fill(std::span<std::uint8_t> out) override;

 private:
  Rng& source_;
  std::array<std::uint8_t, 4096> stock_{};
  std::size_t left_ = 0;
  int process_ = 0;  // whose stock this is
};

}  // namespace mibun
