#pragma once

// For files in core/crypto only: public keys on a curve of ec_curve.h, set and used without the library's locks.

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <memory>
#include <type_traits>

#include "core/crypto/ec_encoding.h"
#include "core/crypto/ec_nid.h"
#include "core/crypto/ec_verify_key.h"
#include "core/crypto/openssl.h"
#include "core/crypto/point_tables_internal.h"

namespace mibun::crypto {

// A new library key for `point` (known to be on the curve).
template <class Curve>
OwnedKey make_ec_pkey(BytesView point) {
  char group[sizeof Curve::kName];
  std::memcpy(group, Curve::kName, sizeof group);
  Bytes copy = to_bytes(point);
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                         OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
                         OSSL_PARAM_construct_end()};
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  MIBUN_INVARIANT(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
  return OwnedKey(key);
}

// A verification key that knows its point: making a key costs a quarter of a verification and takes the library's
// locks.
template <class Curve>
class ReusedKey {
 public:
  bool holds(BytesView point) const {
    return valid_ && std::memcmp(point.data(), point_.data(), Curve::kPointSize) == 0;
  }

  // False when the point is not on the curve. `point`: kPointSize bytes beginning with 04.
  [[nodiscard]] bool set(BytesView point) {
    valid_ = key_.set(point);
    if (!valid_) return clear_errors(false);
    std::copy(point.begin(), point.end(), point_.begin());
    if constexpr (kHasTables) table_ = point_tables::find(point);
    return true;
  }

  [[nodiscard]] bool verify(BytesView digest, BytesView r_and_s) {
    if constexpr (kHasTables) {
      if (table_ != nullptr && point_tables::are_wanted()) return table_->verify(digest, r_and_s, scratch());
    }
    if (!key_.verify(digest, r_and_s)) return false;
    if constexpr (kHasTables) {
      if (table_ == nullptr) table_ = point_tables::count_use(point_);
    }
    return true;
  }

 private:
  static constexpr bool kHasTables = std::is_same_v<Curve, P256Curve>;
  static PointTable::Scratch& scratch() {
    thread_local PointTable::Scratch scratch;
    return scratch;
  }

  EcVerifyKey key_{kCurveNid<Curve>};
  std::shared_ptr<const PointTable> table_;
  bool valid_ = false;
  std::array<std::uint8_t, Curve::kPointSize> point_{};
};

// The keys a thread used last. Setting a point costs 1 us; an issuer's key stays while holders' keys come and go.
template <class Curve>
class ThreadKeys {
 public:
  using Key = ReusedKey<Curve>;
  // The key set to `point`, or null when it is not on the curve.
  static Key* with_point(BytesView point) {
    thread_local ThreadKeys keys;
    return keys.find(point);
  }

 private:
  static constexpr std::size_t kSlots = 4;

  Key* find(BytesView point) {
    const auto held = std::ranges::find_if(order_, [&](const Slot& slot) { return slot && slot->holds(point); });
    const auto taken = held != order_.end() ? held : std::prev(order_.end());
    std::rotate(order_.begin(), taken, std::next(taken));  // the last used first
    Slot& front = order_.front();
    if (held != order_.end()) return front.get();
    if (!front) front = std::make_unique<Key>();
    return front->set(point) ? front.get() : nullptr;
  }

  using Slot = std::unique_ptr<Key>;
  std::array<Slot, kSlots> order_;
};

// Copies an uncompressed point that is on the curve into `out`.
// Errors: public_key_malformed, public_key_not_on_curve.
template <class Curve>
Status check_point(BytesView point, std::span<std::uint8_t> out) {
  // The library would also take the point at infinity, compressed (02, 03) and hybrid (06, 07) forms.
  if (point.size() != Curve::kPointSize || point[0] != 0x04) {
    return fail(ErrorCode::public_key_malformed, "point", "not an uncompressed point");
  }
  if (ThreadKeys<Curve>::with_point(point) == nullptr) return fail(ErrorCode::public_key_not_on_curve, "point");
  std::copy(point.begin(), point.end(), out.begin());
  return {};
}

}  // namespace mibun::crypto
