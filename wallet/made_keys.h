#pragma once

#include <vector>

#include "wallet/host.h"

namespace mibun::wallet {

// Keys made for something that may still fail: destroyed at the end of the scope unless it succeeded, so that no unused
// key stays behind.
class MadeKeys {
 public:
  explicit MadeKeys(KeyStore& store) : store_(store) {}
  ~MadeKeys() {
    for (const KeyId& key : keys_) (void)store_.destroy_key(key);
  }
  MadeKeys(const MadeKeys&) = delete;
  MadeKeys& operator=(const MadeKeys&) = delete;

  Result<KeyId> make() {
    MIBUN_TRY(KeyId key, store_.make_key());
    keys_.push_back(key);
    return key;
  }
  void keep() { keys_.clear(); }

 private:
  KeyStore& store_;
  std::vector<KeyId> keys_;
};

}  // namespace mibun::wallet
