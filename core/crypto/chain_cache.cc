#include "core/crypto/chain_cache.h"

#include <array>

namespace mibun::crypto {
namespace {

constexpr std::size_t kRememberedMax = 4096;

bool holds(const Window& window, Instant now) {
  return check_validity(window.not_before, window.not_after, now).has_value();
}

// One entry of a thread's own. It is found again only for the same cache in the same generation.
struct Slot {
  std::uint64_t cache = 0, generation = 0;
  ChainKey key{};
  std::optional<VerifiedLeaf> verified;
};

Slot& slot_of(const ChainKey& key) {
  thread_local std::array<Slot, 64> slots;
  return slots[key[0] % slots.size()];
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

ChainCache::ChainCache() : id_(next_id()) {}

std::optional<Certificate> ChainCache::recall(const ChainKey& key, Instant now) const {
  Slot& slot = slot_of(key);
  const std::uint64_t current = generation();
  if (slot.cache == id_ && slot.generation == current && slot.key == key && holds(slot.verified->window, now)) {
    return slot.verified->leaf;
  }
  const Lock lock(mutex_);
  const auto found = remembered_.find(key);
  // Out of its time: the full check says which member it is.
  if (found == remembered_.end() || !holds(found->second.window, now)) return std::nullopt;
  slot.verified = found->second;
  slot.key = key;
  slot.cache = id_;
  slot.generation = generation();
  return found->second.leaf;
}

void ChainCache::remember(const ChainKey& key, const VerifiedLeaf& verified, std::uint64_t generation) {
  const Lock lock(mutex_);
  if (generation != this->generation()) return;
  if (!remembered_.insert_or_assign(key, verified).second) return;
  order_.push_back(key);
  if (order_.size() <= kRememberedMax) return;
  remembered_.erase(order_.front());
  order_.pop_front();
}

void ChainCache::forget_all() {
  const Lock lock(mutex_);
  generation_.fetch_add(1, std::memory_order_acq_rel);
  remembered_.clear();
  order_.clear();
}

}  // namespace mibun::crypto
