#pragma once

#include <cstdint>
#include <initializer_list>

#include "core/crypto/public_key.h"

namespace mibun::sd_jwt {

// The values of "_sd_alg" that we know: RFC 9901, section 4.1.1.
enum class DigestAlgorithm : std::uint8_t { sha256, sha384, sha512 };

// The algorithms a policy takes. What is not listed is refused, whatever a message says.
template <class Algorithm>
class Allowed {
 public:
  constexpr Allowed(std::initializer_list<Algorithm> algorithms) {
    for (const Algorithm one : algorithms) bits_ |= bit(one);
  }
  constexpr bool contains(Algorithm one) const { return (bits_ & bit(one)) != 0; }

 private:
  static constexpr std::uint32_t bit(Algorithm one) { return std::uint32_t{1} << static_cast<unsigned>(one); }
  std::uint32_t bits_ = 0;
};

using AllowedDigests = Allowed<DigestAlgorithm>;
using AllowedSignatures = Allowed<crypto::SignatureAlgorithm>;

}  // namespace mibun::sd_jwt
