#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/base/secret.h"

namespace mibun::keyd {

// The data keys used last, unwrapped. Bounded; a key is wiped when it falls out and nobody uses it any more.
class DataKeyCache {
 public:
  using Key = std::shared_ptr<const SecretBytes>;

  explicit DataKeyCache(std::size_t keys_max) : keys_max_(keys_max) {}

  Key find(const std::string& person);  // none: null
  void put(const std::string& person, Key key);
  void erase(const std::string& person);
  void clear();

 private:
  using Entries = std::list<std::pair<std::string, Key>>;

  const std::size_t keys_max_;
  std::mutex mutex_;
  Entries entries_;  // the latest first
  std::unordered_map<std::string, Entries::iterator> by_person_;
};

}  // namespace mibun::keyd
