#pragma once

// For files in core/crypto only: the crypto library's objects with owners, and the few things all of them need.

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::crypto {

template <auto Free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, OpensslDeleter<Free>>;

inline void free_openssl_memory(void* memory) {
  OPENSSL_free(memory);
}

using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedKeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedNumber = Owned<BIGNUM, BN_clear_free>;
using OwnedGroup = Owned<EC_GROUP, EC_GROUP_free>;
using OwnedPoint = Owned<EC_POINT, EC_POINT_free>;
using OwnedMemory = Owned<unsigned char, free_openssl_memory>;

// A refusal by the library leaves entries in a per-thread queue that would confuse (and be kept for) later calls.
template <class T>
T clear_errors(T value) {
  ERR_clear_error();
  return value;
}

// Contexts of one key, lent to whoever works with it right now. Making a context fetches algorithms under the
// library's locks; lending one costs two short locks of our own. EVP_PKEY may be shared by threads, contexts may not.
class KeyContextPool {
 public:
  using Init = int (*)(EVP_PKEY_CTX*);
  // `key` must outlive the pool.
  KeyContextPool(EVP_PKEY* key, Init init) : key_(key), init_(init) {}

  template <class Work>
  auto with_context(Work&& work) {
    OwnedKeyContext context = take();
    auto result = work(context.get());
    give_back(std::move(context));
    return result;
  }

 private:
  static constexpr std::size_t kIdleMax = 64;

  OwnedKeyContext take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        OwnedKeyContext context = std::move(idle_.back());
        idle_.pop_back();
        return context;
      }
    }
    OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr));
    MIBUN_INVARIANT(context && init_(context.get()) == 1);
    return context;
  }

  void give_back(OwnedKeyContext context) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(context));
  }

  EVP_PKEY* key_;
  Init init_;
  std::mutex mutex_;
  std::vector<OwnedKeyContext> idle_;
};

}  // namespace mibun::crypto
