#include "platform/keyd/guarded_key_holder.h"

#include <algorithm>

namespace mibun::keyd {

OpenRate default_rate(Purpose purpose) {
  // A server certifies a partner or a device now and then, and itself hardly ever.
  return purpose == Purpose::certify ? OpenRate{.per_second = 1, .burst = 200} : OpenRate{};
}

RateLimiter::RateLimiter(const OpenRates& rates) {
  for (const Purpose purpose : all_purposes()) {
    const auto named = rates.find(purpose);
    const OpenRate rate = named == rates.end() ? default_rate(purpose) : named->second;
    buckets_.emplace(purpose, Bucket{rate, rate.burst});
  }
}

bool RateLimiter::take(Purpose purpose, Monotonic now) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.at(purpose);
  if (now > bucket.filled) {
    const std::chrono::duration<double> passed = now - bucket.filled;
    bucket.left = std::min(bucket.rate.burst, bucket.left + passed.count() * bucket.rate.per_second);
    bucket.filled = now;
  }
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

GuardedKeyHolder::GuardedKeyHolder(KeyHolder& holder, const std::optional<OpenRates>& rates,
                                   std::function<Monotonic()> now)
    : ForwardingKeyHolder(holder), now_(std::move(now)) {
  if (rates) limiter_.emplace(*rates);
}

Result<Bytes> GuardedKeyHolder::open_for(Purpose purpose, const PersonId& person, const RecordName& name,
                                         BytesView sealed) {
  if (!may_open(purpose, name.record_class)) {
    return fail(ErrorCode::keyd_purpose_not_allowed, std::string(to_string(purpose)),
                "records of this class are opened for another purpose");
  }
  if (limiter_ && !limiter_->take(purpose, now_())) {
    return fail(ErrorCode::keyd_rate_limited, std::string(to_string(purpose)), "too many in a short time");
  }
  return holder().open_for(purpose, person, name, sealed);
}

}  // namespace mibun::keyd
