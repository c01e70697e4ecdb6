// Deprecated since OpenSSL 3.0, the same code as behind EVP without its calls through tables; docs/decisions/0022.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/crypto/sha256.h"

#include <openssl/sha.h>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::crypto {
namespace {

SHA256_CTX* context(void* state) {
  return static_cast<SHA256_CTX*>(state);
}

}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(State) == sizeof(SHA256_CTX) && alignof(State) >= alignof(SHA256_CTX));
  MIBUN_INVARIANT(SHA256_Init(context(&state_)) == 1);
}

void Sha256::update(BytesView data) {
  MIBUN_INVARIANT(SHA256_Update(context(&state_), data.data(), data.size()) == 1);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  MIBUN_INVARIANT(SHA256_Final(digest.data(), context(&state_)) == 1);
  secure_wipe(state_.bytes);  // it may have been a key's
  return digest;
}

}  // namespace mibun::crypto
