#include "platform/keyd/data_key_cache.h"

namespace mibun::keyd {

DataKeyCache::Key DataKeyCache::find(const std::string& person) {
  const std::lock_guard lock(mutex_);
  const auto found = by_person_.find(person);
  if (found == by_person_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void DataKeyCache::put(const std::string& person, Key key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_person_.find(person); found != by_person_.end()) {
    found->second->second = std::move(key);
    return;
  }
  entries_.emplace_front(person, std::move(key));
  by_person_.emplace(person, entries_.begin());
  if (entries_.size() <= keys_max_) return;
  by_person_.erase(entries_.back().first);
  entries_.pop_back();
}

void DataKeyCache::erase(const std::string& person) {
  const std::lock_guard lock(mutex_);
  const auto found = by_person_.find(person);
  if (found == by_person_.end()) return;
  entries_.erase(found->second);
  by_person_.erase(found);
}

void DataKeyCache::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  by_person_.clear();
}

}  // namespace mibun::keyd
