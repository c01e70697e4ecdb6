#pragma once

#include <optional>
#include <string_view>

#include "core/crypto/public_key.h"

namespace mibun::jose {

// ES256, ES384; EdDSA and Ed25519, which are one: RFC 8037 calls it EdDSA, RFC 9864 gave it a name of its own.
std::optional<crypto::SignatureAlgorithm> signature_algorithm_named(std::string_view alg);
// The name that we write: "ES256", "ES384", "EdDSA" (the one of the two that every reader knows).
std::string_view name_of(crypto::SignatureAlgorithm algorithm);

}  // namespace mibun::jose
