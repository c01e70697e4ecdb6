#include "server/access/dpop_nonces.h"

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

constexpr std::int64_t kMinutesBack = 2;
constexpr std::int64_t kMinutesAhead = 1;  // given out by an instance whose clock is ahead of ours

std::int64_t minute_of(Instant now) {
  return now.unix_seconds() / 60;
}

}  // namespace

Result<std::string> DpopNonces::nonce_of(std::int64_t minute) {
  const std::scoped_lock lock(mutex_);
  Kept& kept = kept_[static_cast<std::size_t>(minute) % kept_.size()];
  if (kept.minute != minute) {
    const std::string text = std::to_string(minute);
    MIBUN_TRY(const Bytes hash, keys_.lookup_hash("dpop_nonce", as_bytes(text)));
    kept = {minute, base64url::encode(hash)};
  }
  return kept.nonce;
}

Result<std::string> DpopNonces::current() {
  return nonce_of(minute_of(clock_.now()));
}

Status DpopNonces::check(const oid4vci::VerifiedDpop& proof) {
  if (!proof.nonce()) return fail(ErrorCode::dpop_use_nonce, "dpop.nonce", "missing");
  const std::int64_t now = minute_of(clock_.now());
  for (std::int64_t minute = now - kMinutesBack; minute <= now + kMinutesAhead; ++minute) {
    MIBUN_TRY(const std::string live, nonce_of(minute));
    if (ct_equal(as_bytes(*proof.nonce()), as_bytes(live))) return {};
  }
  return fail(ErrorCode::dpop_use_nonce, "dpop.nonce", "not one of ours, or expired");
}

}  // namespace mibun::server
