// A small module for host.test.mjs: what it needs of the core, exported one by one.
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"

using namespace mibun;

extern "C" {

__attribute__((export_name("mibun_test_digest"))) int mibun_test_digest(const std::uint8_t* data, std::size_t size,
                                                                        std::uint8_t* out) {
  const crypto::Sha256Digest digest = crypto::sha256(BytesView(data, size));
  std::copy(digest.begin(), digest.end(), out);
  return 32;
}

// 1 when the point is a key, 0 when it is refused.
__attribute__((export_name("mibun_test_key"))) int mibun_test_key(const std::uint8_t* point, std::size_t size) {
  return crypto::P256PublicKey::from_point(BytesView(point, size)) ? 1 : 0;
}

}  // extern "C"
