#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"

namespace mibun::mdoc {

// A public key made for one session: EDeviceKeyBytes or EReaderKeyBytes (ISO/IEC 18013-5, 9.1.1.4).
//   #6.24(bstr .cbor COSE_Key)    COSE_Key = {1: 2, -1: 1, -2: x, -3: y}
// Cipher suite 1 leaves the curve to the device; we take P-256 alone, with an uncompressed point.
class EphemeralKey {
 public:
  explicit EphemeralKey(const crypto::P256PublicKey& key);
  // `item`: one tag 24 item and nothing after it; copied. Labels we do not know are passed over.
  // Errors: mdoc_ephemeral_key_malformed (also a private key), mdoc_ephemeral_key_wrong_curve, public_key_malformed,
  // public_key_not_on_curve, those of cbor::Reader.
  static Result<EphemeralKey> parse(BytesView item);

  const crypto::P256PublicKey& key() const { return key_; }
  BytesView item() const { return item_; }  // with tag 24, as it arrived: what a transcript holds

  friend bool operator==(const EphemeralKey&, const EphemeralKey&) = default;

 private:
  EphemeralKey(const crypto::P256PublicKey& key, BytesView item) : key_(key), item_(to_bytes(item)) {}
  crypto::P256PublicKey key_;
  Bytes item_;
};

}  // namespace mibun::mdoc
