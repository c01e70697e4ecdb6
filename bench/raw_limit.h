#pragma once

#include <memory>

#include "core/base/result.h"

namespace mibun::bench {

// The yardstick: P-256 signatures over ready digests, by keys whose library contexts are made beforehand. No
// presentation of two signatures can be verified faster with this library.
class RawLimit {
 public:
  RawLimit();
  ~RawLimit();
  RawLimit(const RawLimit&) = delete;
  RawLimit& operator=(const RawLimit&) = delete;

  // False if a signature did not verify.
  [[nodiscard]] bool verify_two();
  // One signature over a ready digest: no credential can be issued faster. False if it was not made.
  [[nodiscard]] bool sign_one();
  // What issuing 22 claims cannot do without: their salts, a digest of each disclosure, one of what is signed (3 KB),
  // and the signature.
  [[nodiscard]] bool sign_with_salts_and_digests();
  // AES-256-GCM over so many bytes in one go, with a nonce of its own each time: no file of that size is sealed faster.
  [[nodiscard]] bool encrypt(std::size_t size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
