#pragma once

// For files in core/crypto only.

#include <openssl/types.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/crypto/openssl.h"

namespace mibun::crypto {

// Multiples of one public key's point on P-256, with which verifying under this key takes half the time: what the
// library keeps of the base point for every key, made for a point that comes again and again (docs/decisions/0053).
// 150 kB, and 15 ms to make. Never changes, so threads may share one.
class PointTable {
 public:
  // Null when the library keeps no such multiples, or when they do not multiply as the plain way does. `point65`: on
  // the curve, uncompressed.
  static std::shared_ptr<const PointTable> make(BytesView point65);

  // What a thread works with; one for all tables.
  class Scratch {
   public:
    Scratch();

   private:
    friend class PointTable;
    Owned<BN_CTX, BN_CTX_free> numbers_;
    OwnedNumber r_, s_, digest_, inverse_, base_factor_, point_factor_, x_;
    OwnedPoint of_base_, of_point_;
  };

  // ECDSA over a digest of 32 bytes; `r_and_s`: 64 bytes. FIPS 186-5, section 6.4.2. False also when r or s is out of
  // range.
  [[nodiscard]] bool verify(BytesView digest32, BytesView r_and_s, Scratch& scratch) const;

  std::uint64_t uses() const { return uses_.load(std::memory_order_relaxed); }

 private:
  explicit PointTable(OwnedGroup group) : group_(std::move(group)) {}
  bool multiplies_rightly(BytesView point65) const;
  mutable std::atomic<std::uint64_t> uses_ = 0;
  OwnedGroup group_;  // P-256, the key's point in the place of its base point
};

}  // namespace mibun::crypto
