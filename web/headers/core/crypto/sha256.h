#pragma once

// In the place of core/crypto/sha256.h.

#include "core/base/bytes.h"
#include "core/crypto/hash.h"

namespace mibun::crypto {

// SHA-256 of bytes that come in parts; WebCrypto takes them whole, so they are kept until finish(). A copy goes on from
// where the original stood. One use: after finish() it is done.
class Sha256 {
 public:
  Sha256();
  void update(BytesView data);
  Sha256Digest finish();

 private:
  Bytes collected_;
};

}  // namespace mibun::crypto
