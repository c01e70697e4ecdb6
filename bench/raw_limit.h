#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/base/result.h"

namespace mibun::bench {

// What issuing one credential cannot do without, besides its signature.
struct IssueWork {
  std::size_t random_bytes = 0;       // of salts
  std::vector<std::size_t> digested;  // the bytes of each disclosure or item
  std::size_t signed_bytes = 0;
};

// The yardstick: P-256 signatures over ready digests, by keys whose library contexts are made beforehand. No
// presentation of two signatures under keys seen for the first time can be verified faster with this library.
class RawLimit {
 public:
  RawLimit();
  ~RawLimit();
  RawLimit(const RawLimit&) = delete;
  RawLimit& operator=(const RawLimit&) = delete;

  // False if a signature did not verify.
  [[nodiscard]] bool verify_one();
  [[nodiscard]] bool verify_two();
  // One signature over a ready digest: no credential can be issued faster. False if it was not made.
  [[nodiscard]] bool sign_one();
  // A key pair made, and a secret agreed on with a key seen before. False if it was not.
  [[nodiscard]] bool agree_afresh();
  // A signature with the salts drawn at once and everything digested that has to be, by the library's quickest SHA-256
  // (the one that core/crypto uses). No credential of this size can be issued faster. False if something was not made.
  [[nodiscard]] bool sign_after(const IssueWork& work);
  // AES-256-GCM over so many bytes in one go, with a nonce of its own each time: no file of that size is sealed faster.
  [[nodiscard]] bool encrypt(std::size_t size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
