#pragma once

// For files in core/crypto only: a key in the browser, by its number. C++ never sees the key itself.

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/secret.h"
#include "core/crypto/der.h"
#include "core/crypto/ec_curve.h"
#include "core/crypto/web/imports.h"

namespace mibun::crypto::web {

class Key {
 public:
  explicit Key(int number) : number_(number) {}
  Key(Key&& other) noexcept : number_(std::exchange(other.number_, 0)) {}
  Key& operator=(Key&&) = delete;
  ~Key() {
    if (number_ > 0) host_release_key(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

template <class Curve>
struct Pair {
  Key key;
  std::array<std::uint8_t, Curve::kPointSize> point{};
};

template <class Curve>
Pair<Curve> make_pair() {
  std::array<std::uint8_t, Curve::kPointSize> point{};
  const int number = host_make_key(Curve::kBits, point.data());
  MIBUN_INVARIANT(number > 0);
  return {Key(number), point};
}

// ECPrivateKey in PrivateKeyInfo without the public part, which the browser works out.
template <class Curve>
Result<Pair<Curve>> pair_from_scalar(BytesView scalar) {
  if (scalar.size() != Curve::kHalf) return fail(ErrorCode::private_key_malformed, "scalar", "of another size");
  // Not every browser looks.
  const bool is_zero = std::ranges::all_of(scalar, [](std::uint8_t byte) { return byte == 0; });
  if (is_zero || !std::ranges::lexicographical_compare(scalar, Curve::kOrder)) {
    return fail(ErrorCode::private_key_malformed, "scalar", "out of range");
  }
  const BytesView spki(Curve::kSpkiPrefix);
  const BytesView algorithm = spki.subspan(2, spki.size() - 5);
  const auto size = [](std::size_t bytes) { return static_cast<std::uint8_t>(bytes); };
  const std::size_t inner = 3 + 2 + scalar.size();
  SecretBytes der(2 + 3 + algorithm.size() + 2 + 2 + inner);
  const std::array<std::uint8_t, 5> begin{0x30, size(der.size() - 2), 0x02, 0x01, 0x00};
  const std::array<std::uint8_t, 9> middle{0x04, size(2 + inner),    0x30, size(inner), 0x02, 0x01, 0x01,
                                           0x04, size(scalar.size())};
  auto at = std::ranges::copy(begin, der.reveal_mutable().begin()).out;
  at = std::ranges::copy(algorithm, at).out;
  at = std::ranges::copy(middle, at).out;
  std::ranges::copy(scalar, at);
  std::array<std::uint8_t, Curve::kPointSize> point{};
  const int number = host_import_key(Curve::kBits, der.reveal().data(), der.size(), point.data());
  if (number <= 0) return fail(ErrorCode::private_key_malformed, "scalar", "out of range");
  return Pair<Curve>{Key(number), point};
}

// PrivateKeyInfo (RFC 5958) with an ECPrivateKey (RFC 5915). Errors: private_key_malformed (also when the public key
// inside is another one's).
template <class Curve>
Result<Pair<Curve>> pair_from_pkcs8(BytesView bytes) {
  constexpr ErrorCode kMalformed = ErrorCode::private_key_malformed;
  MIBUN_CHECK(der::check(bytes, kMalformed, "pkcs8"));
  const auto reader = [](BytesView value) { return der::Reader(value, kMalformed, "pkcs8"); };
  der::Reader outer = reader(bytes);
  MIBUN_TRY(const BytesView info, outer.value(der::kSequence));
  der::Reader fields = reader(info);
  MIBUN_CHECK(fields.value(der::kInteger));
  MIBUN_TRY(const BytesView algorithm, fields.whole(der::kSequence));
  const BytesView spki(Curve::kSpkiPrefix);
  if (!std::ranges::equal(algorithm, spki.subspan(2, spki.size() - 5))) return fail(kMalformed, "pkcs8");
  MIBUN_TRY(const BytesView inside, fields.value(der::kOctetString));
  MIBUN_CHECK(der::check(inside, kMalformed, "pkcs8"));
  der::Reader inner = reader(inside);
  MIBUN_TRY(const BytesView key, inner.value(der::kSequence));
  der::Reader parts = reader(key);
  MIBUN_CHECK(parts.value(der::kInteger));
  MIBUN_TRY(const BytesView scalar, parts.value(der::kOctetString));
  MIBUN_TRY(Pair<Curve> pair, pair_from_scalar<Curve>(scalar));
  while (!parts.empty()) {
    MIBUN_TRY(const tlv::Node node, parts.any());
    if (node.tag != (der::kContext0 | der::kConstructed | 1)) continue;
    der::Reader stated = reader(node.value);
    MIBUN_TRY(const BytesView point, stated.value(der::kBitString));
    if (!std::ranges::equal(point.subspan(1), pair.point)) return fail(kMalformed, "pkcs8");
  }
  return pair;
}

}  // namespace mibun::crypto::web
