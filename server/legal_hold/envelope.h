#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "server/legal_hold/duty.h"

// One value that takes two people to read: a JWE (ECDH-ES, A256GCM) to the first, of a JWE to the second. The terminal
// of each opens its own; the server, which has neither key, passes the inner one on.
namespace mibun::server::legal_hold {

// What the second reads: the value with the place it was sealed for, so that no envelope passes for another.
struct HeldValue {
  std::string hold_id, field;
  json::Value value;
};

Result<std::string> seal_for_two(const HeldValue& value, const VaultKey& first, const VaultKey& second, Rng& rng);
// By the first: the inner JWE. Errors: jwe_*.
Result<std::string> open_outer(std::string_view envelope, const crypto::KeyAgreement& first);
// By the second. Errors: jwe_*, json_*, and invalid_argument when it was sealed for another place.
Result<json::Value> open_inner(std::string_view inner, const crypto::KeyAgreement& second, std::string_view hold_id,
                               std::string_view field);

}  // namespace mibun::server::legal_hold
