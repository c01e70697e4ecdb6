#include "core/crypto/web/curve.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>

namespace mibun::crypto::web {
namespace {

// y^2 = x^3 + a x + b over the integers modulo p: SEC 2 and RFC 5639. a = -3 is written as p - 3.
struct Curve {
  EcCurve name;
  std::string_view oid, p, a, b;  // oid: contents; the numbers in hexadecimal
};
using namespace std::string_view_literals;  // an arc of 0 is no end of the text
constexpr Curve kCurves[] = {
    {EcCurve::p256, "\x2a\x86\x48\xce\x3d\x03\x01\x07",
     "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
     "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
     "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"},
    {EcCurve::p384, "\x2b\x81\x04\x00\x22"sv,
     "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
     "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
     "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"},
    {EcCurve::p521, "\x2b\x81\x04\x00\x23"sv,
     "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffff",
     "1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "fffffffffffffffffc",
     "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f"
     "1ef451fd46b503f00"},
    {EcCurve::brainpool_p256r1, "\x2b\x24\x03\x03\x02\x08\x01\x01\x07",
     "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
     "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
     "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6"},
    {EcCurve::brainpool_p320r1, "\x2b\x24\x03\x03\x02\x08\x01\x01\x09",
     "d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
     "3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
     "520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6"},
    {EcCurve::brainpool_p384r1, "\x2b\x24\x03\x03\x02\x08\x01\x01\x0b",
     "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
     "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
     "4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11"},
    {EcCurve::brainpool_p512r1, "\x2b\x24\x03\x03\x02\x08\x01\x01\x0d",
     "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c6852"
     "8aa6056583a48f3",
     "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e"
     "7c1ac4d77fc94ca",
     "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2"
     "809bd638016f723"},
};

constexpr std::size_t kLimbs = 18;                 // 521 bits, and one for the carry of an addition
using Number = std::array<std::uint32_t, kLimbs>;  // least significant first

Number number_of(BytesView big_endian) {
  Number out{};
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    out[i / 4] |= std::uint32_t{big_endian[big_endian.size() - 1 - i]} << (i % 4 * 8);
  }
  return out;
}

Number number_of(std::string_view hex) {
  Number out{};
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[hex.size() - 1 - i];
    const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    out[i / 8] |= digit << (i % 8 * 4);
  }
  return out;
}

// The numbers below p in Montgomery's form (n R mod p with R = 2^(32 limbs)): what is multiplied came out of in().
class Field {
 public:
  explicit Field(std::string_view p_hex) : p_(number_of(p_hex)), limbs_((p_hex.size() + 7) / 8) {
    for (int i = 0; i < 5; ++i) inverse_ *= 2 - p_[0] * inverse_;  // each step doubles the bits that are right
    square_ = Number{1};
    for (std::size_t i = 0; i < 2 * 32 * limbs_; ++i) square_ = add(square_, square_);
  }

  bool contains(const Number& n) const { return is_less(n, p_); }
  Number in(const Number& n) const { return multiply(n, square_); }

  Number add(const Number& a, const Number& b) const {
    Number out{};
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i <= limbs_; ++i) {
      carry += std::uint64_t{a[i]} + b[i];
      out[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    return reduced(out);
  }

  // a b / R mod p: a limb of b at a time, each time adding the multiple of p that clears the lowest limb.
  Number multiply(const Number& a, const Number& b) const {
    std::array<std::uint32_t, kLimbs + 1> sum{};
    for (std::size_t i = 0; i < limbs_; ++i) {
      const std::uint64_t carry = add_multiple(sum, a, b[i]);
      const std::uint32_t factor = 0 - sum[0] * inverse_;
      const std::uint64_t top = sum[limbs_] + carry + add_multiple(sum, p_, factor);
      std::shift_left(sum.begin(), sum.end(), 1);
      sum[limbs_ - 1] = static_cast<std::uint32_t>(top);
      sum[limbs_] = static_cast<std::uint32_t>(top >> 32);
    }
    Number out{};
    std::copy_n(sum.begin(), limbs_ + 1, out.begin());
    return reduced(out);
  }

  // Euler's criterion: n^((p-1)/2) is 1, or n is 0.
  bool is_square(const Number& n) const {
    const Number one = in(Number{1});
    Number power = one;
    // p - 1 is even; leaving out its lowest bit halves it.
    for (std::size_t bit = limbs_ * 32; bit-- > 1;) {
      power = multiply(power, power);
      if ((p_[bit / 32] >> (bit % 32) & 1) != 0) power = multiply(power, n);
    }
    return n == Number{} || power == one;
  }

 private:
  // sum += n * factor over the limbs of p; what does not fit there is handed back.
  std::uint64_t add_multiple(std::span<std::uint32_t> sum, const Number& n, std::uint32_t factor) const {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limbs_; ++i) {
      carry += std::uint64_t{n[i]} * factor + sum[i];
      sum[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    return carry;
  }

  bool is_less(const Number& a, const Number& b) const {
    for (std::size_t i = limbs_ + 1; i-- > 0;) {
      if (a[i] != b[i]) return a[i] < b[i];
    }
    return false;
  }

  // `n`: below 2 p.
  Number reduced(const Number& n) const {
    if (is_less(n, p_)) return n;
    Number out{};
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i <= limbs_; ++i) {
      const std::uint64_t difference = std::uint64_t{n[i]} - p_[i] - borrow;
      out[i] = static_cast<std::uint32_t>(difference);
      borrow = difference >> 63;
    }
    return out;
  }

  Number p_;
  std::size_t limbs_;
  std::uint32_t inverse_ = 1;  // of p modulo 2^32
  Number square_{};            // R^2 mod p
};

}  // namespace

EcCurve curve_of(BytesView oid) {
  const auto found = std::ranges::find(kCurves, as_text(oid), &Curve::oid);
  return found == std::end(kCurves) ? EcCurve::other : found->name;
}

bool is_on_curve(EcCurve curve, BytesView point) {
  constexpr std::uint8_t kEven = 2, kUncompressed = 4, kHybridEven = 6;
  const auto& found = *std::ranges::find(kCurves, curve, &Curve::name);
  const std::size_t size = (found.p.size() + 1) / 2;
  const bool compressed = !point.empty() && (point[0] & 0xfe) == kEven;
  const bool hybrid = !point.empty() && (point[0] & 0xfe) == kHybridEven;
  if (point.empty() || !(compressed || hybrid || point[0] == kUncompressed)) return false;
  if (point.size() != 1 + (compressed ? size : 2 * size)) return false;
  const Field field(found.p);
  const Number x = number_of(point.subspan(1, size));
  if (!field.contains(x)) return false;
  const Number at = field.in(x);
  const Number factor = field.add(field.multiply(at, at), field.in(number_of(found.a)));  // x^2 + a
  const Number right = field.add(field.multiply(factor, at), field.in(number_of(found.b)));
  if (compressed) return field.is_square(right);
  const Number y = number_of(point.subspan(1 + size));
  if (!field.contains(y) || (hybrid && (y[0] & 1) != (point[0] & 1U))) return false;
  const Number up = field.in(y);
  return field.multiply(up, up) == right;
}

}  // namespace mibun::crypto::web
