#include "server/access/minute_nonces.h"

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

constexpr std::int64_t kMinutesBack = 2;
constexpr std::int64_t kMinutesAhead = 1;

std::int64_t minute_of(Instant now) {
  return now.unix_seconds() / 60;
}

}  // namespace

Result<std::string> MinuteNonces::nonce_of(std::int64_t minute) {
  const std::scoped_lock lock(mutex_);
  Kept& kept = kept_[static_cast<std::size_t>(minute) % kept_.size()];
  if (kept.minute != minute) {
    const std::string text = std::to_string(minute);
    MIBUN_TRY(const Bytes hash, keys_.lookup_hash(label_, as_bytes(text)));
    kept = {minute, base64url::encode(hash)};
  }
  return kept.nonce;
}

Result<std::string> MinuteNonces::current() {
  return nonce_of(minute_of(clock_.now()));
}

Result<bool> MinuteNonces::is_live(std::string_view nonce) {
  const std::int64_t now = minute_of(clock_.now());
  for (std::int64_t minute = now - kMinutesBack; minute <= now + kMinutesAhead; ++minute) {
    MIBUN_TRY(const std::string live, nonce_of(minute));
    if (ct_equal(as_bytes(nonce), as_bytes(live))) return true;
  }
  return false;
}

}  // namespace mibun::server
