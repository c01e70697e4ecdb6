#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>

#include "platform/keyd/forwarding_key_holder.h"

namespace mibun::keyd {

// How many records of one purpose are opened, or messages signed: `burst` at once, then `per_second`.
struct OpenRate {
  double per_second = 200;
  double burst = 5000;
};
// Of each purpose; one that is not named has the default.
using OpenRates = std::map<Purpose, OpenRate>;
OpenRate default_rate(Purpose purpose);

using Monotonic = std::chrono::steady_clock::time_point;

// Tokens that come back with time. From any thread.
class RateLimiter {
 public:
  explicit RateLimiter(const OpenRates& rates);
  bool take(Purpose purpose, Monotonic now);

 private:
  struct Bucket {
    OpenRate rate;
    double left;
    Monotonic filled{};
  };
  std::mutex mutex_;
  std::map<Purpose, Bucket> buckets_;
};

// Stands before a holder and lets a record be opened only for the purpose that its class belongs to, and only so many a
// while. Everything else goes through. Without rates nothing is counted.
class GuardedKeyHolder final : public ForwardingKeyHolder {
 public:
  // `holder` must outlive it.
  explicit GuardedKeyHolder(KeyHolder& holder, const std::optional<OpenRates>& rates = std::nullopt,
                            std::function<Monotonic()> now = std::chrono::steady_clock::now);

  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override {
    return open_for(Purpose::unlisted, person, name, sealed);
  }
  // Also keyd_purpose_not_allowed, keyd_rate_limited.
  Result<Bytes> open_for(Purpose purpose, const PersonId& person, const RecordName& name, BytesView sealed) override;

 private:
  std::optional<RateLimiter> limiter_;
  const std::function<Monotonic()> now_;
};

}  // namespace mibun::keyd
