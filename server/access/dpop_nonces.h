#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/oid4vci/dpop.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// DPoP nonces (RFC 9449, section 8): a proof that carries one was made after we gave it out, so nobody can stock proofs
// for later. They stand in no table: a nonce is the keyed hash of its minute, the same for every client, and any
// instance that shares the key holder knows it. Single use is the jti's part (docs/decisions/0023).
class DpopNonces {
 public:
  DpopNonces(keyd::KeyHolder& keys, const Clock& clock) : keys_(keys), clock_(clock) {}

  // The one to give out now, for the DPoP-Nonce header.
  Result<std::string> current();

  // Live for the rest of its minute and two more. Errors: dpop_use_nonce.
  Status check(const oid4vci::VerifiedDpop& proof);

 private:
  struct Kept {
    std::int64_t minute = -1;
    std::string nonce;
  };
  Result<std::string> nonce_of(std::int64_t minute);
  keyd::KeyHolder& keys_;
  const Clock& clock_;
  std::mutex mutex_;
  std::array<Kept, 4> kept_;  // so that the key holder is asked once a minute, not once a request
};

}  // namespace mibun::server
