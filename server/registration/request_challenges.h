#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/hash.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// Challenges for one request of one account: method, target and body are fixed when it is made. They stand in no table:
// a challenge is a keyed hash of its id and of the request, so whoever signed it had it from us for this request, and
// asking for one costs no write. That one is used once is the part of SingleUses.
class RequestChallenges {
 public:
  static constexpr auto kLifetime = std::chrono::seconds(60);

  RequestChallenges(database::Database& database, keyd::KeyHolder& keys, const Clock& clock, Rng& rng)
      : database_(database), keys_(keys), clock_(clock), rng_(rng) {}

  struct Request {
    std::string_view method, target;  // as they stand in the request line
    crypto::Sha256Digest body_sha256;
  };
  struct Given {
    std::string id;  // base64url, 32 characters: 16 random bytes and when it expires
    Bytes challenge;
  };
  // Errors: those of the database and the key holder.
  Result<Given> give(const Request& request);

  struct Known {
    Bytes id;
    Instant expires;
    Bytes challenge;  // which must have been signed, if this id is of this request
  };
  // Errors: assertion_invalid (no id of ours could look like this), assertion_expired.
  Result<Known> look_up(std::string_view id, const Request& request);

 private:
  Result<Bytes> challenge_of(BytesView id, const Request& request);
  Result<const Bytes*> key();
  database::Database& database_;
  keyd::KeyHolder& keys_;
  const Clock& clock_;
  Rng& rng_;
  std::mutex mutex_;
  Bytes key_;  // empty: not made yet; from then on it stays as it is
};

}  // namespace mibun::server
