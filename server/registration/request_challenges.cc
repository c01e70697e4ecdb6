#include "server/registration/request_challenges.h"

#include <cstdint>
#include <optional>

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

constexpr std::size_t kRandomBytes = 16, kTimeBytes = 8, kSecretBytes = 32;

void put_expiry(Bytes& out, Instant time) {
  const auto milliseconds = static_cast<std::uint64_t>(time.unix_milliseconds());
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(milliseconds >> shift));
}

std::optional<Instant> take_expiry(BytesView bytes) {
  std::uint64_t milliseconds = 0;
  for (const std::uint8_t byte : bytes) milliseconds = milliseconds << 8 | byte;
  if (milliseconds >> 48 != 0) return std::nullopt;  // past every date that we write
  return Instant::from_unix_milliseconds(static_cast<std::int64_t>(milliseconds));
}

}  // namespace

// Each part of what is hashed has its length but for the last two, and no method has a line feed in it.
Result<Bytes> RequestChallenges::challenge_of(BytesView id, const Request& request) {
  MIBUN_TRY(const Bytes* const key, this->key());
  Bytes hashed = to_bytes(id);
  hashed.insert(hashed.end(), request.body_sha256.begin(), request.body_sha256.end());
  const std::string line = std::string(request.method) + "\n" + std::string(request.target);
  hashed.insert(hashed.end(), line.begin(), line.end());
  return to_bytes(BytesView(crypto::hmac_sha256(*key, hashed)));
}

Result<RequestChallenges::Given> RequestChallenges::give(const Request& request) {
  Bytes id = rng_.bytes(kRandomBytes);
  put_expiry(id, clock_.now() + kLifetime);
  MIBUN_TRY(Bytes challenge, challenge_of(id, request));
  return Given{base64url::encode(id), std::move(challenge)};
}

Result<RequestChallenges::Known> RequestChallenges::look_up(std::string_view id, const Request& request) {
  auto bytes = base64url::decode(id);
  if (!bytes || bytes->size() != kRandomBytes + kTimeBytes) {
    return fail(ErrorCode::assertion_invalid, "assertion", "unknown assertion_id");
  }
  const auto expires = take_expiry(BytesView(*bytes).subspan(kRandomBytes));
  if (!expires) return fail(ErrorCode::assertion_invalid, "assertion", "unknown assertion_id");
  if (clock_.now() >= *expires) return fail(ErrorCode::assertion_expired, "assertion");
  MIBUN_TRY(Bytes challenge, challenge_of(*bytes, request));
  return Known{std::move(*bytes), *expires, std::move(challenge)};
}

// Of the key holder and this database both: neither alone can make a challenge.
Result<const Bytes*> RequestChallenges::key() {
  const std::lock_guard lock(mutex_);
  if (!key_.empty()) return &key_;
  constexpr std::string_view kRead = "SELECT secret FROM challenge_secret";
  MIBUN_TRY(auto row, database_.row(kRead));
  if (!row) {
    const Bytes fresh = rng_.bytes(kSecretBytes);
    MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(
          transaction.run("INSERT INTO challenge_secret (only, secret) VALUES (1, $1) ON CONFLICT DO NOTHING", fresh));
      return {};
    }));
    MIBUN_TRY(row, database_.row(kRead));
    if (!row) return fail(ErrorCode::internal_error, "challenge_secret");
  }
  MIBUN_TRY(key_, keys_.lookup_hash("request_challenge", row->blob(0)));
  return &key_;
}

}  // namespace mibun::server
