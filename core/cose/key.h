#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/cbor.h"
#include "core/crypto/hash.h"
#include "core/crypto/public_key.h"

namespace mibun::cose {

inline constexpr std::size_t kKeyBytesMax = 4096;

// A public key as COSE_Key (RFC 9052, section 7; RFC 9053, section 7):
//   {1: 2 (EC2),  -1: 1 (P-256) / 2 (P-384), -2: x bstr, -3: y bstr, ? 2: kid, ? 3: alg, ? 4: key_ops}
//   {1: 1 (OKP),  -1: 6 (Ed25519), -2: x bstr, ...}
// Coordinates have the curve's full length; a compressed point (y as bool) is cose_key_unsupported. A key with a
// private member is refused as such. Members that are not known are ignored.
class CoseKey {
 public:
  // `item`: exactly one. Errors: private_key_rejected (-4), cose_key_unsupported (kty, crv, compressed),
  //   cose_key_malformed (members missing or of the wrong type or length; alg or key_ops that do not allow this key to
  //   verify signatures), public_key_not_on_curve, public_key_malformed, cbor_*.
  static Result<CoseKey> parse(BytesView item, cbor::Form form = cbor::Form::well_formed);
  explicit CoseKey(const crypto::PublicKey& key) : key_(key) {}
  // The alg that a key of any kind, also one that parse() does not know, says it is for; none when it says nothing.
  // Errors: cose_key_malformed, cose_key_unsupported (a text), cbor_*.
  static Result<std::optional<std::int64_t>> peek_algorithm(BytesView item, cbor::Form form = cbor::Form::well_formed);

  const crypto::PublicKey& key() const { return key_; }
  const std::optional<Bytes>& key_id() const { return key_id_; }
  const std::optional<std::int64_t>& algorithm() const { return algorithm_; }

  // Deterministic: kty, crv and the coordinates; with `algorithm` also alg. RFC 9679 hashes the short form.
  Bytes to_cbor() const { return write(std::nullopt); }
  Bytes to_cbor_with_algorithm() const;
  // SHA-256 thumbprint: RFC 9679, section 3.
  crypto::Sha256Digest thumbprint() const { return crypto::sha256(to_cbor()); }

 private:
  Bytes write(std::optional<std::int64_t> algorithm) const;
  crypto::PublicKey key_;
  std::optional<Bytes> key_id_;
  std::optional<std::int64_t> algorithm_;
};

}  // namespace mibun::cose
