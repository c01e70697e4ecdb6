#pragma once

#include <cstdint>

#include "core/crypto/public_key.h"

namespace mibun::cose {

// Numbers of signature algorithms: RFC 9053, section 2, and the fully specified ones of RFC 9864, section 2.2.
namespace algorithm {
inline constexpr std::int64_t es256 = -7, es384 = -35, eddsa = -8;
inline constexpr std::int64_t esp256 = -9, esp384 = -51, ed25519 = -19;
inline constexpr std::int64_t hmac_256 = 5;  // RFC 9053, section 3.1: HMAC 256/256
}  // namespace algorithm

// Which numbers may stand for a key's algorithm. Here ES256 always means P-256 and EdDSA always Ed25519, so that both
// names of a pair mean the same.
enum class AlgorithmNames {
  classic,  // -7, -35, -8: what ISO/IEC 18013-5 knows
  either,   // also -9, -51, -19
};

std::int64_t classic_number(crypto::SignatureAlgorithm algorithm);
std::int64_t fully_specified_number(crypto::SignatureAlgorithm algorithm);
bool is_number_of(std::int64_t number, crypto::SignatureAlgorithm algorithm, AlgorithmNames names);

}  // namespace mibun::cose
