#include "core/crypto/point_table.h"

#include <doctest/doctest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/crypto/point_tables_internal.h"
#include "tests/core/crypto/wycheproof.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

using Table = std::shared_ptr<const PointTable>;

// What the plain way says, without tables of this process.
bool plainly(const P256PublicKey& key, BytesView digest, const P256Signature& signature) {
  set_point_tables_max(0);
  const bool good = key.verify_digest(digest, signature).has_value();
  set_point_tables_max(kPointTablesMax);
  return good;
}

// Arithmetic modulo the order of the curve, for signatures that no honest signer makes.
class Modulo {
 public:
  using Number = Owned<BIGNUM, BN_free>;
  static Number of(BytesView bytes) { return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)); }
  static std::array<std::uint8_t, 32> bytes(const Number& number) {
    std::array<std::uint8_t, 32> out{};
    REQUIRE(BN_bn2binpad(number.get(), out.data(), 32) == 32);
    return out;
  }
  Number times(const Number& a, const Number& b) const {
    Number out(BN_new());
    REQUIRE(BN_mod_mul(out.get(), a.get(), b.get(), order(), context_.get()) == 1);
    return out;
  }
  Number minus(const Number& a) const {
    Number out(BN_new());
    REQUIRE(BN_sub(out.get(), order(), a.get()) == 1);
    return out;
  }
  Number plus(const Number& a, const Number& b) const {
    Number out(BN_new());
    REQUIRE(BN_mod_add(out.get(), a.get(), b.get(), order(), context_.get()) == 1);
    return out;
  }
  Number inverse(const Number& a) const { return Number(BN_mod_inverse(nullptr, a.get(), order(), context_.get())); }
  // The x coordinate of k times the base point.
  Number x_of(const Number& k) const {
    const OwnedPoint point(EC_POINT_new(group_.get()));
    Number x(BN_new());
    REQUIRE(EC_POINT_mul(group_.get(), point.get(), k.get(), nullptr, nullptr, context_.get()) == 1);
    REQUIRE(EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), nullptr, context_.get()) == 1);
    REQUIRE(BN_nnmod(x.get(), x.get(), order(), context_.get()) == 1);
    return x;
  }
  const BIGNUM* order() const { return EC_GROUP_get0_order(group_.get()); }

 private:
  OwnedGroup group_{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  Owned<BN_CTX, BN_CTX_free> context_{BN_CTX_new()};
};

P256Signature joined(BytesView r, BytesView s) {
  P256Signature signature{};
  std::ranges::copy(r, signature.begin());
  std::ranges::copy(s, signature.begin() + 32);
  return signature;
}

// `work` in a thread that has counted nothing yet: other tests' keys take from this thread's counts.
template <class Work>
void in_new_thread(Work&& work) {
  std::thread(work).join();
}

Table heat(const P256PublicKey& key) {
  Table table;
  in_new_thread([&] {
    for (unsigned i = 0; i < point_tables::kUsesBeforeTable; ++i) table = point_tables::count_use(key.point());
  });
  return table;
}

}  // namespace

TEST_CASE("verifying with a table of multiples agrees with Wycheproof") {
  PointTable::Scratch scratch;
  Bytes last_point;
  Table table;
  int valid = 0;
  const int count = for_each_wycheproof("ecdsa_secp256r1_sha256_p1363_test.json", [&](const WycheproofTest& t) {
    INFO(t.label());
    const Bytes point = from_hex(t.group.at("publicKey").at("uncompressed").as_string());
    if (point != last_point) table = PointTable::make(point);
    last_point = point;
    REQUIRE(table != nullptr);
    const auto signature = parse_p256_signature(t.bytes("sig"));
    const bool accepted = signature.has_value() && table->verify(sha256(t.bytes("msg")), *signature, scratch);
    CHECK(accepted == (t.result() == "valid"));
    valid += accepted ? 1 : 0;
  });
  CHECK(count == 262);
  CHECK(valid > 100);
}

TEST_CASE("a table says of every signature what the plain way says") {
  PointTable::Scratch scratch;
  for (int i = 0; i < 3; ++i) {
    const auto key = P256PrivateKey::generate();
    const P256PublicKey holder = key.public_key(), other = P256PrivateKey::generate().public_key();
    const Table table = PointTable::make(holder.point()), others = PointTable::make(other.point());
    REQUIRE(table != nullptr);
    REQUIRE(others != nullptr);
    for (int message = 0; message < 40; ++message) {
      Bytes digest = to_bytes(sha256(std::to_string(message)));
      if (message == 0) std::ranges::fill(digest, std::uint8_t{0});     // nothing of the base point
      if (message == 1) std::ranges::fill(digest, std::uint8_t{0xff});  // above the order
      const P256Signature signature = key.sign_digest(digest).value();
      CHECK(table->verify(digest, signature, scratch));
      CHECK(plainly(holder, digest, signature));
      CHECK_FALSE(others->verify(digest, signature, scratch));
      for (std::size_t bit = static_cast<std::size_t>(message); bit < 512; bit += 61) {
        P256Signature changed = signature;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        CHECK_FALSE(table->verify(digest, changed, scratch));
        Bytes other_digest = digest;
        other_digest[bit % 32] ^= static_cast<std::uint8_t>(1 << bit % 8);
        CHECK_FALSE(table->verify(other_digest, signature, scratch));
      }
    }
  }
}

TEST_CASE("r and s outside of 1 to n - 1 are refused with a table too") {
  const Modulo modulo;
  PointTable::Scratch scratch;
  const auto key = P256PrivateKey::generate();
  const Table table = PointTable::make(key.public_key().point());
  const Bytes digest = to_bytes(sha256("message"));
  const P256Signature good = key.sign_digest(digest).value();
  REQUIRE(table->verify(digest, good, scratch));
  const BytesView r = BytesView(good).first(32), s = BytesView(good).last(32);
  const Bytes zero(32, 0), all(32, 0xff);
  Bytes order(32);
  REQUIRE(BN_bn2binpad(modulo.order(), order.data(), 32) == 32);
  for (const Bytes& bad : {zero, order, all}) {
    for (const P256Signature& signature : {joined(bad, s), joined(r, bad), joined(bad, bad)}) {
      CHECK_FALSE(table->verify(digest, signature, scratch));
      CHECK_FALSE(plainly(key.public_key(), digest, signature));
    }
  }
  // n - s is as good as s: ECDSA does not say which.
  const auto negative = Modulo::bytes(modulo.minus(Modulo::of(s)));
  CHECK(table->verify(digest, joined(r, negative), scratch));
  CHECK(plainly(key.public_key(), digest, joined(r, negative)));
  // 5 + n is another way to write 5 that has room, and is not taken: e = 5k - rd makes s = 5.
  const auto k = Modulo::of(sha256("a nonce"));
  const auto x = modulo.x_of(k);
  Bytes five(32, 0);
  five.back() = 5;
  const auto rd = modulo.times(x, Modulo::of(key.scalar().reveal()));
  const auto e = Modulo::bytes(modulo.plus(modulo.times(Modulo::of(five), k), modulo.minus(rd)));
  CHECK(table->verify(e, joined(Modulo::bytes(x), five), scratch));
  Bytes longer = order;
  longer.back() += 5;
  REQUIRE(longer.back() > order.back());
  CHECK_FALSE(table->verify(e, joined(Modulo::bytes(x), longer), scratch));
  CHECK_FALSE(plainly(key.public_key(), e, joined(Modulo::bytes(x), longer)));
}

TEST_CASE("the two products may be one point, or cancel out") {
  const Modulo modulo;
  PointTable::Scratch scratch;
  const auto key = P256PrivateKey::generate();
  const Table table = PointTable::make(key.public_key().point());
  const auto d = Modulo::of(key.scalar().reveal());
  const auto k = Modulo::of(sha256("a nonce"));
  const auto r = modulo.x_of(k);
  const auto rd = modulo.times(r, d);
  // e = rd: both products are the same point, which the sum has to double. s = (e + rd) / k.
  const auto doubling = joined(Modulo::bytes(r), Modulo::bytes(modulo.times(modulo.plus(rd, rd), modulo.inverse(k))));
  CHECK(plainly(key.public_key(), Modulo::bytes(rd), doubling));
  CHECK(table->verify(Modulo::bytes(rd), doubling, scratch));
  // e = -rd: their sum is the point at infinity, whatever s is.
  const auto cancelling = Modulo::bytes(modulo.minus(rd));
  CHECK_FALSE(plainly(key.public_key(), cancelling, doubling));
  CHECK_FALSE(table->verify(cancelling, doubling, scratch));
}

TEST_CASE("a key gets its table after many good signatures, and every thread has it") {
  const auto key = P256PrivateKey::generate();
  const P256PublicKey holder = key.public_key();
  const Bytes digest = to_bytes(sha256("message"));
  const P256Signature signature = key.sign_digest(digest).value();
  P256Signature wrong = signature;
  wrong[40] ^= 1;
  Table table;
  in_new_thread([&] {
    for (unsigned i = 1; i < point_tables::kUsesBeforeTable; ++i) {
      REQUIRE(holder.verify_digest(digest, signature).has_value());
      REQUIRE_FALSE(holder.verify_digest(digest, wrong).has_value());  // counts for nothing
    }
    CHECK(point_tables::find(holder.point()) == nullptr);
    REQUIRE(holder.verify_digest(digest, signature).has_value());
    table = point_tables::find(holder.point());
    REQUIRE(table != nullptr);
    CHECK(table->uses() == 0);
    CHECK(holder.verify_digest(digest, signature).has_value());
    CHECK_FALSE(holder.verify_digest(digest, wrong).has_value());
    CHECK(table->uses() == 2);
  });
  in_new_thread([&] {
    CHECK(holder.verify_digest(digest, signature).has_value());
    CHECK_FALSE(holder.verify_digest(digest, wrong).has_value());
  });
  CHECK(table->uses() == 4);

  CHECK(plainly(holder, digest, signature));  // with no room for tables, those there are lie idle
  CHECK_FALSE(plainly(holder, digest, wrong));
  CHECK(table->uses() == 4);
  CHECK(point_tables::find(P256PrivateKey::generate().public_key().point()) == nullptr);
}

TEST_CASE("where there is no room, the table that is used least goes, unless it is used much") {
  set_point_tables_max(1);
  PointTable::Scratch scratch;
  const auto first_key = P256PrivateKey::generate();
  const P256PublicKey first = first_key.public_key(), second = P256PrivateKey::generate().public_key();
  const Bytes digest = to_bytes(sha256("message"));
  const P256Signature signature = first_key.sign_digest(digest).value();
  REQUIRE(heat(second) != nullptr);
  const Table table = heat(first);
  REQUIRE(table != nullptr);
  CHECK(point_tables::find(second.point()) == nullptr);
  for (unsigned i = 0; i < point_tables::kUsesBeforeTable; ++i) REQUIRE(table->verify(digest, signature, scratch));
  CHECK(heat(second) == nullptr);  // the first is worth more
  CHECK(point_tables::find(first.point()) == table);
  CHECK(heat(second) != nullptr);  // and has not been used since
  CHECK(point_tables::find(first.point()) == nullptr);
  CHECK(table->verify(digest, signature, scratch));  // whoever still holds it may go on
  set_point_tables_max(0);
  CHECK(heat(first) == nullptr);
  set_point_tables_max(kPointTablesMax);
}

TEST_CASE("threads that make tables for the same keys at once all verify rightly") {
  const auto key = P256PrivateKey::generate();
  const P256PublicKey holder = key.public_key();
  const Bytes digest = to_bytes(sha256("message"));
  const P256Signature signature = key.sign_digest(digest).value();
  P256Signature wrong = signature;
  wrong[3] ^= 1;
  std::array<bool, 4> good{};
  std::vector<std::thread> threads;
  for (bool& mine : good) {
    threads.emplace_back([&] {
      heat(holder);
      mine = true;
      for (int i = 0; i < 200; ++i) {
        mine = mine && holder.verify_digest(digest, signature) && !holder.verify_digest(digest, wrong);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::ranges::count(good, true) == 4);
  CHECK(point_tables::find(holder.point()) != nullptr);
}
