#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

// The signing keys as the service lists them, JSON; binary is base64url:
//   {"keys":[{"name":"issuer","generation":1,"public_key":<point, 65 bytes>,"chain":[<DER>,...],"retired":false},...]}
// A retired key that was never certified has no public_key.
std::string encode_signing_list(std::span<const SigningKey> keys);
// Errors: keyd_unavailable (not such a list).
Result<std::vector<SigningKey>> parse_signing_list(std::string_view text);

}  // namespace mibun::keyd
