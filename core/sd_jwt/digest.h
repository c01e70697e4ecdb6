#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/algorithms.h"

// Digests of disclosures. For files of core/sd_jwt only.
namespace mibun::sd_jwt {

// 32, 48 or 64 bytes, and zeros after them: digests of one algorithm can be compared as they are.
using Digest = std::array<std::uint8_t, 64>;

std::string_view to_string(DigestAlgorithm algorithm);  // "sha-256"
std::size_t digest_size(DigestAlgorithm algorithm);

// "_sd_alg" at the top of a payload; sha-256 when it is absent. Errors: sd_jwt_digest_algorithm_not_allowed.
Result<DigestAlgorithm> read_digest_algorithm(const json::Object& payload, AllowedDigests allowed);

Digest digest_of(DigestAlgorithm algorithm, std::string_view text);
// base64url, as it stands in "_sd", "..." and "sd_hash".
std::string digest_text(DigestAlgorithm algorithm, const Digest& digest);
// Errors: sd_jwt_malformed_digest (another length, another alphabet).
Result<Digest> parse_digest(DigestAlgorithm algorithm, std::string_view text);

}  // namespace mibun::sd_jwt
