#pragma once

// For files in core/crypto only: private keys on a curve of ec_curve.h.

#include <array>
#include <memory>
#include <optional>

#include "core/base/secret.h"
#include "core/crypto/ec_curve.h"
#include "core/crypto/openssl.h"

namespace mibun::crypto {

template <class Curve>
struct EcPair {
  OwnedKey key;
  std::array<std::uint8_t, Curve::kPointSize> point{};
};

template <class Curve>
EcPair<Curve> generate_ec_pair();
// `scalar`: kHalf bytes, 1 <= scalar < n. Errors: private_key_malformed.
template <class Curve>
Result<EcPair<Curve>> ec_pair_from_scalar(BytesView scalar);
// Errors: private_key_malformed (also when the public key inside is another one's).
template <class Curve>
Result<EcPair<Curve>> ec_pair_from_pkcs8(BytesView der);
// The point that a structure in the form of ec_pkcs8() states; none in another form.
template <class Curve>
std::optional<BytesView> point_in_own_pkcs8(BytesView der);
template <class Curve>
SecretBytes ec_scalar(EVP_PKEY* key);
template <class Curve>
SecretBytes ec_pkcs8(const SecretBytes& scalar, BytesView point);

}  // namespace mibun::crypto
