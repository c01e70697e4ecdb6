#pragma once

// For files in core/crypto only: public keys and what they verify, by the browser.

#include <algorithm>
#include <span>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/ec_curve.h"
#include "core/crypto/web/imports.h"
#include "core/crypto/web/key_handle.h"

namespace mibun::crypto::web {

struct Scheme {
  SignatureKind kind;
  int digest_bits;
  int parameter;  // bits of the curve, or the salt's length of RSA-PSS
};

// Errors: signature_invalid.
inline Status verify(const Scheme& scheme, BytesView spki, BytesView message, BytesView signature) {
  const int fits = host_verify(static_cast<int>(scheme.kind), scheme.digest_bits, scheme.parameter, spki.data(),
                               spki.size(), message.data(), message.size(), signature.data(), signature.size());
  return fits == 1 ? Status{} : Status(fail(ErrorCode::signature_invalid, "signature", "does not match"));
}

// Copies an uncompressed point that is on the curve into `out`.
// Errors: public_key_malformed, public_key_not_on_curve.
template <class Curve>
Status check_point(BytesView point, std::span<std::uint8_t> out) {
  if (point.size() != Curve::kPointSize || point[0] != 0x04) {
    return fail(ErrorCode::public_key_malformed, "point", "not an uncompressed point");
  }
  if (host_has_point(Curve::kBits, point.data(), point.size()) != 1) {
    return fail(ErrorCode::public_key_not_on_curve, "point");
  }
  std::copy(point.begin(), point.end(), out.begin());
  return {};
}

// Of a key that was imported; one that was made in the browser stays there.
inline SecretBytes private_part(const Key& key, std::size_t size) {
  SecretBytes out(size);
  MIBUN_INVARIANT(host_private_part(key.number(), out.reveal_mutable().data()) == static_cast<int>(size));
  return out;
}

template <class Curve>
SecretBytes pkcs8_of(const Key& key, BytesView point) {
  const SecretBytes scalar = private_part(key, Curve::kHalf);
  SecretBytes out(Curve::kPkcs8Prefix.size() + scalar.size() + Curve::kPkcs8Middle.size() + point.size());
  auto at = std::ranges::copy(Curve::kPkcs8Prefix, out.reveal_mutable().begin()).out;
  at = std::ranges::copy(scalar.reveal(), at).out;
  at = std::ranges::copy(Curve::kPkcs8Middle, at).out;
  std::ranges::copy(point, at);
  return out;
}

}  // namespace mibun::crypto::web
