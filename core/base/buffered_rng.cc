#include "core/base/buffered_rng.h"

#include <unistd.h>

#include <algorithm>

#include "core/base/secret.h"

namespace mibun {

BufferedRng::~BufferedRng() {
  secure_wipe(stock_);
}

void BufferedRng::fill(std::span<std::uint8_t> out) {
  if (out.size() > stock_.size()) return source_.fill(out);
  if (const int process = getpid(); left_ < out.size() || process != process_) {
    source_.fill(stock_);
    left_ = stock_.size();
    process_ = process;
  }
  left_ -= out.size();
  const std::span<std::uint8_t> taken = std::span(stock_).subspan(left_, out.size());
  std::ranges::copy(taken, out.begin());
  secure_wipe(taken);
}

}  // namespace mibun
