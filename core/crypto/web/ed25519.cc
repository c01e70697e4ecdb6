#include "core/crypto/ed25519.h"

#include <algorithm>

#include "core/crypto/ed25519_encoding.h"
#include "core/crypto/web/key_handle.h"
#include "core/crypto/web/verify.h"

namespace mibun::crypto {
namespace {

constexpr int kHostCurve = 25519;

using Y = std::array<std::uint8_t, kEd25519Size>;  // little endian

constexpr Y kPrime = [] {  // 2^255 - 19
  Y p;
  p.fill(0xff);
  p.front() = 0xed;
  p.back() = 0x7f;
  return p;
}();

// 2^252 + 27742317777372353535851937790883648493, of the base point.
constexpr Y kOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};

bool is_below(const Y& number, const Y& bound) {
  return std::lexicographical_compare(number.rbegin(), number.rend(), bound.rbegin(), bound.rend());
}

// The points of order 1, 2 and 4 have y = 1, -1 and 0.
bool has_small_order(const Y& y) {
  Y one{1}, minus_one = kPrime;
  --minus_one.front();
  return y == Y{} || y == one || y == minus_one || std::ranges::find(kEd25519Order8, y) != std::end(kEd25519Order8);
}

Status check_public_key(BytesView bytes) {
  Y y{};
  std::ranges::copy(bytes, y.begin());
  y.back() &= 0x7f;  // the top bit is the sign of x
  if (!is_below(y, kPrime)) return fail(ErrorCode::public_key_malformed, "public key", "y is not reduced");
  if (has_small_order(y)) return fail(ErrorCode::public_key_malformed, "public key", "a point of small order");
  if (web::host_has_ed25519_point(y.data()) != 1) return fail(ErrorCode::public_key_not_on_curve, "public key");
  return {};
}

}  // namespace

struct Ed25519PrivateKey::Impl {
  web::Key key;
  Ed25519PublicKey public_key;
};

Result<Ed25519PublicKey> Ed25519PublicKey::from_bytes(BytesView bytes32) {
  if (bytes32.size() != kEd25519Size) return fail(ErrorCode::public_key_malformed, "public key", "not 32 bytes");
  MIBUN_CHECK(check_public_key(bytes32));
  Ed25519PublicKey key;
  std::ranges::copy(bytes32, key.bytes_.begin());
  return key;
}

Status Ed25519PublicKey::verify(BytesView message, const Ed25519Signature& signature) const {
  // RFC 8032, section 5.1.7: one signature has one form. Not every browser looks.
  Y s{};
  std::copy(signature.begin() + kEd25519Size, signature.end(), s.begin());
  if (!is_below(s, kOrder)) return fail(ErrorCode::signature_invalid, "signature", "its second half is not reduced");
  return web::verify({web::SignatureKind::ed25519, 0, 0}, spki(), message, signature);
}

Ed25519PrivateKey::Ed25519PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ed25519PrivateKey::Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey& Ed25519PrivateKey::operator=(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey::~Ed25519PrivateKey() = default;

Ed25519PrivateKey Ed25519PrivateKey::generate() {
  Y bytes{};
  web::Key key(web::host_make_key(kHostCurve, bytes.data()));
  MIBUN_INVARIANT(key.number() > 0);
  const auto public_key = Ed25519PublicKey::from_bytes(bytes);
  MIBUN_INVARIANT(public_key.has_value());
  return Ed25519PrivateKey(std::make_unique<Impl>(Impl{std::move(key), *public_key}));
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_seed(BytesView seed32) {
  if (seed32.size() != kEd25519Size) return fail(ErrorCode::private_key_malformed, "seed", "not 32 bytes");
  SecretBytes der(kEd25519Pkcs8Prefix.size() + kEd25519Size);
  std::ranges::copy(seed32, std::ranges::copy(kEd25519Pkcs8Prefix, der.reveal_mutable().begin()).out);
  Y bytes{};
  web::Key key(web::host_import_key(kHostCurve, der.reveal().data(), der.size(), bytes.data()));
  if (key.number() <= 0) return fail(ErrorCode::private_key_malformed, "seed", "the browser does not take it");
  MIBUN_TRY(const Ed25519PublicKey public_key, Ed25519PublicKey::from_bytes(bytes));
  return Ed25519PrivateKey(std::make_unique<Impl>(Impl{std::move(key), public_key}));
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_pkcs8(BytesView der) {
  const bool fits = der.size() == kEd25519Pkcs8Prefix.size() + kEd25519Size &&
                    std::ranges::equal(der.first(kEd25519Pkcs8Prefix.size()), kEd25519Pkcs8Prefix);
  if (!fits) return fail(ErrorCode::private_key_malformed, "pkcs8");
  return from_seed(der.subspan(kEd25519Pkcs8Prefix.size()));
}

Ed25519PublicKey Ed25519PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<Ed25519Signature> Ed25519PrivateKey::sign(BytesView message) const {
  Ed25519Signature signature;
  const int made = web::host_sign(impl_->key.number(), 0, message.data(), message.size(), signature.data());
  if (made != static_cast<int>(signature.size())) return fail(ErrorCode::crypto_failure, "sign");
  return signature;
}

SecretBytes Ed25519PrivateKey::seed() const {
  return web::private_part(impl_->key, kEd25519Size);
}

SecretBytes Ed25519PrivateKey::pkcs8() const {
  const SecretBytes secret = seed();
  SecretBytes out(kEd25519Pkcs8Prefix.size() + secret.size());
  std::ranges::copy(secret.reveal(), std::ranges::copy(kEd25519Pkcs8Prefix, out.reveal_mutable().begin()).out);
  return out;
}

}  // namespace mibun::crypto
