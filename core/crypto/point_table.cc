// EC_GROUP_precompute_mult is deprecated since OpenSSL 3.0 and without a successor; docs/decisions/0053.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/crypto/point_table.h"

#include <openssl/ec.h>

#include "core/crypto/ec_nid.h"
#include "core/crypto/hash.h"

namespace mibun::crypto {
namespace {

// P-256 itself, whose base point's multiples are part of the library.
const EC_GROUP* curve() {
  static const OwnedGroup group(EC_GROUP_new_by_curve_name(kCurveNid<P256Curve>));
  MIBUN_INVARIANT(group != nullptr);
  return group.get();
}

const BIGNUM* order() {
  return EC_GROUP_get0_order(curve());
}

OwnedNumber number() {
  OwnedNumber made(BN_new());
  MIBUN_INVARIANT(made != nullptr);
  return made;
}

void read(BIGNUM* number, BytesView big_endian) {
  MIBUN_INVARIANT(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), number) != nullptr);
}

// 1 <= number < n.
bool in_range(const BIGNUM* number) {
  return !BN_is_zero(number) && BN_cmp(number, order()) < 0;
}

}  // namespace

PointTable::Scratch::Scratch()
    : numbers_(BN_CTX_new()),
      r_(number()),
      s_(number()),
      digest_(number()),
      inverse_(number()),
      base_factor_(number()),
      point_factor_(number()),
      x_(number()),
      of_base_(EC_POINT_new(curve())),
      of_point_(EC_POINT_new(curve())) {
  MIBUN_INVARIANT(numbers_ && of_base_ && of_point_);
}

std::shared_ptr<const PointTable> PointTable::make(BytesView point65) {
  OwnedGroup group(EC_GROUP_dup(curve()));
  const Owned<BN_CTX, BN_CTX_free> numbers(BN_CTX_new());
  const OwnedPoint point(EC_POINT_new(curve()));
  MIBUN_INVARIANT(group && numbers && point &&
                  EC_POINT_oct2point(curve(), point.get(), point65.data(), point65.size(), numbers.get()) == 1);
  const bool made = EC_GROUP_set_generator(group.get(), point.get(), order(), BN_value_one()) == 1 &&
                    EC_GROUP_precompute_mult(group.get(), numbers.get()) == 1 &&
                    EC_GROUP_have_precompute_mult(group.get()) == 1;
  if (!clear_errors(made)) return nullptr;
  std::shared_ptr<const PointTable> table(new PointTable(std::move(group)));
  return clear_errors(table->multiplies_rightly(point65)) ? table : nullptr;
}

// The table's product beside that of the plain way, for one factor that nobody chooses and for n - 1.
bool PointTable::multiplies_rightly(BytesView point65) const {
  const Owned<BN_CTX, BN_CTX_free> numbers(BN_CTX_new());
  const OwnedPoint point(EC_POINT_new(curve())), plain(EC_POINT_new(curve())), quick(EC_POINT_new(curve()));
  const OwnedNumber factor = number(), last = number();
  read(factor.get(), sha256(point65));
  const auto same = [&](const BIGNUM* times) {
    return EC_POINT_mul(curve(), plain.get(), nullptr, point.get(), times, numbers.get()) == 1 &&
           EC_POINT_mul(group_.get(), quick.get(), times, nullptr, nullptr, numbers.get()) == 1 &&
           EC_POINT_cmp(curve(), plain.get(), quick.get(), numbers.get()) == 0;
  };
  return EC_POINT_oct2point(curve(), point.get(), point65.data(), point65.size(), numbers.get()) == 1 &&
         BN_nnmod(factor.get(), factor.get(), order(), numbers.get()) == 1 && same(factor.get()) &&
         BN_sub(last.get(), order(), BN_value_one()) == 1 && same(last.get());
}

bool PointTable::verify(BytesView digest32, BytesView r_and_s, Scratch& scratch) const {
  MIBUN_INVARIANT(digest32.size() == 32 && r_and_s.size() == 64);
  uses_.fetch_add(1, std::memory_order_relaxed);
  BN_CTX* numbers = scratch.numbers_.get();
  BIGNUM *r = scratch.r_.get(), *s = scratch.s_.get(), *e = scratch.digest_.get(), *w = scratch.inverse_.get();
  BIGNUM *u1 = scratch.base_factor_.get(), *u2 = scratch.point_factor_.get(), *x = scratch.x_.get();
  EC_POINT *of_base = scratch.of_base_.get(), *of_point = scratch.of_point_.get();
  read(r, r_and_s.first(32));
  read(s, r_and_s.last(32));
  read(e, digest32);  // as long as n, so none of its bits are dropped
  if (!in_range(r) || !in_range(s)) return false;
  // Everything here is public: nothing needs to take the same time for every value.
  MIBUN_INVARIANT(BN_mod_inverse(w, s, order(), numbers) != nullptr);  // n is a prime
  MIBUN_INVARIANT(BN_mod_mul(u1, e, w, order(), numbers) == 1 && BN_mod_mul(u2, r, w, order(), numbers) == 1);
  MIBUN_INVARIANT(EC_POINT_mul(curve(), of_base, u1, nullptr, nullptr, numbers) == 1 &&
                  EC_POINT_mul(group_.get(), of_point, u2, nullptr, nullptr, numbers) == 1 &&
                  EC_POINT_add(curve(), of_point, of_base, of_point, numbers) == 1);
  if (EC_POINT_is_at_infinity(curve(), of_point) == 1) return false;
  MIBUN_INVARIANT(EC_POINT_get_affine_coordinates(curve(), of_point, x, nullptr, numbers) == 1);
  MIBUN_INVARIANT(BN_nnmod(x, x, order(), numbers) == 1);
  return BN_cmp(x, r) == 0;
}

}  // namespace mibun::crypto
