#pragma once

#include <functional>

#include "platform/keyd/guarded_key_holder.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

// Stands before signing keys and lets only so many messages of each purpose be signed a while. New generations count as
// `certify`. Everything else goes through.
class RatedSigningKeys final : public SigningKeys {
 public:
  // `keys` must outlive it.
  RatedSigningKeys(SigningKeys& keys, const OpenRates& rates,
                   std::function<Monotonic()> now = std::chrono::steady_clock::now)
      : keys_(keys), limiter_(rates), now_(std::move(now)) {}

  Result<std::vector<SigningKey>> list() override { return keys_.list(); }
  Result<crypto::P256PublicKey> create(const SigningKeyId& id) override {
    MIBUN_CHECK(take(Purpose::certify));
    return keys_.create(id);
  }
  Status keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) override {
    return keys_.keep_chain(id, chain);
  }
  Result<crypto::P256Signature> sign(Purpose purpose, const SigningKeyId& id, BytesView message) override {
    MIBUN_CHECK(take(purpose));
    return keys_.sign(purpose, id, message);
  }
  Status retire(const SigningKeyId& id) override { return keys_.retire(id); }
  Result<std::optional<Bytes>> copy_table() override { return keys_.copy_table(); }

 private:
  Status take(Purpose purpose) {
    if (limiter_.take(purpose, now_())) return {};
    return fail(ErrorCode::keyd_rate_limited, std::string(to_string(purpose)), "too many in a short time");
  }

  SigningKeys& keys_;
  RateLimiter limiter_;
  const std::function<Monotonic()> now_;
};

}  // namespace mibun::keyd
