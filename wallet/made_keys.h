#pragma once

#include <string>
#include <vector>

#include "wallet/host.h"

namespace mibun::wallet {

// Keys made for something that may still fail: destroyed at the end of the scope unless it succeeded, so that no unused
// key stays behind. While they are nobody's, a record lists them: a program that is ended in the middle leaves it, and
// destroy_left_keys() takes them away the next time.
class MadeKeys {
 public:
  explicit MadeKeys(const Host& host) : store_(host.store), key_store_(host.keys) {}
  ~MadeKeys();
  MadeKeys(const MadeKeys&) = delete;
  MadeKeys& operator=(const MadeKeys&) = delete;

  // Errors: those of the key store and the store.
  Result<KeyId> make();
  // What they were made for is on disk and names them.
  void keep();

 private:
  Store& store_;
  KeyStore& key_store_;
  std::string record_;
  std::vector<KeyId> keys_;
};

// Destroys the keys that such a record lists and that no other record names. Not while MadeKeys of this wallet are
// alive. Errors: those of the stores, json_* (a record that is not ours).
Status destroy_left_keys(const Host& host);

}  // namespace mibun::wallet
