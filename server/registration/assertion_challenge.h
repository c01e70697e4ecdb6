#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// The request that is asserted: method and target as they stand in the request line, SHA-256 of the body.
struct AssertedRequest {
  std::string_view method, target;
  BytesView body_sha256;
  Instant restored = {};  // when this database came from a backup for the last time: what was given before has ended
};

// A challenge for one request of one account. It is made of what the request and the id say, under a key that only the
// key holder has, so nothing is kept of it until it was used: whoever asks for challenges fills nobody's disk.
// docs/decisions/0074.
//   assertion_id = base64url(end of its life: milliseconds since 1970, 8 bytes, big endian | 16 random bytes)
//   challenge    = keyed hash of (id | body_sha256 | milliseconds since 1970 of the last restore, 8 bytes | size of the
//                  method, 4 bytes | method | target)
class AssertionChallenge {
 public:
  // Errors: those of the key holder.
  static Result<AssertionChallenge> make(keyd::KeyHolder& keys, Rng& rng, const AssertedRequest& request,
                                         Instant expires);
  // The challenge that this id was given with, if it was for this request; for any other id or request it is one that
  // nobody has seen. Errors: assertion_invalid (no id of ours by its form), those of the key holder.
  static Result<AssertionChallenge> find(keyd::KeyHolder& keys, std::string_view assertion_id,
                                         const AssertedRequest& request);

  std::string assertion_id() const;
  const Bytes& id() const { return id_; }
  const Bytes& challenge() const { return challenge_; }
  Instant expires() const { return expires_; }  // as the id says: true where the challenge was signed

 private:
  static Result<AssertionChallenge> of(keyd::KeyHolder& keys, Bytes id, const AssertedRequest& request);
  Bytes id_, challenge_;
  Instant expires_;
};

}  // namespace mibun::server
