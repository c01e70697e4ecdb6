#pragma once

// For files in core/crypto only.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "core/base/mutex.h"
#include "core/crypto/trust_anchors.h"
#include "core/crypto/x509_path.h"

namespace mibun::crypto {

// What a chain is remembered under: the SHA-256 of its members, each with its length before it.
using ChainKey = Sha256Digest;

struct VerifiedLeaf {
  Certificate leaf;
  Window window;
};

// Verified chains of one trust list: a bounded map that all threads share, and before it a few entries of each
// thread's own, for which no lock is taken.
class ChainCache {
 public:
  ChainCache();

  // The leaf, when the chain is remembered and `now` is within its window.
  std::optional<Certificate> recall(const ChainKey& key, Instant now) const;
  // Where remember() belongs to: taken before the trust list's contents are read.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // Does nothing when something was forgotten since `generation`.
  void remember(const ChainKey& key, const VerifiedLeaf& verified, std::uint64_t generation);
  void forget_all();

 private:
  const std::uint64_t id_;  // of this cache among all that ever were
  std::atomic<std::uint64_t> generation_ = 0;
  mutable Mutex mutex_;
  std::map<ChainKey, VerifiedLeaf> remembered_;
  std::deque<ChainKey> order_;  // oldest first
};

}  // namespace mibun::crypto
