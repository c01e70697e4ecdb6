// EC_KEY is deprecated since OpenSSL 3.0 and still what its providers work with inside; docs/decisions/0022.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/crypto/ec_verify_key.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>

namespace mibun::crypto {

void EcVerifyKey::FreeKey::operator()(EC_KEY* key) const {
  EC_KEY_free(key);
}

EcVerifyKey::EcVerifyKey(int curve_nid)
    : key_(EC_KEY_new_by_curve_name(curve_nid)),
      numbers_(BN_CTX_new()),
      signature_(ECDSA_SIG_new()),
      r_(BN_new()),
      s_(BN_new()) {
  MIBUN_INVARIANT(key_ && numbers_ && signature_ && r_ != nullptr && s_ != nullptr &&
                  ECDSA_SIG_set0(signature_.get(), r_, s_) == 1);
}

bool EcVerifyKey::set(BytesView point) {
  return EC_KEY_oct2key(key_.get(), point.data(), point.size(), numbers_.get()) == 1;
}

bool EcVerifyKey::verify(BytesView digest, BytesView r_and_s) {
  const auto half = static_cast<int>(r_and_s.size() / 2);
  MIBUN_INVARIANT(BN_bin2bn(r_and_s.data(), half, r_) != nullptr &&
                  BN_bin2bn(r_and_s.data() + half, half, s_) != nullptr);
  return ECDSA_do_verify(digest.data(), static_cast<int>(digest.size()), signature_.get(), key_.get()) == 1;
}

}  // namespace mibun::crypto
