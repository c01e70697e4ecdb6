#include "core/crypto/ed25519.h"

#include <algorithm>
#include <optional>

#include "core/crypto/ed25519_encoding.h"
#include "core/crypto/openssl.h"
#include "core/crypto/public_key.h"
#include "core/crypto/public_key_internal.h"

namespace mibun::crypto {
namespace {

using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedBnContext = Owned<BN_CTX, BN_CTX_free>;

// The field of the curve: p = 2^255 - 19, d = -121665/121666 (RFC 8032, section 5.1).
struct Field {
  OwnedNumber p, d;
  Field() : p(BN_new()), d(BN_new()) {
    const OwnedBnContext context(BN_CTX_new());
    const OwnedNumber denominator(BN_new());
    MIBUN_INVARIANT(p && d && context && denominator && BN_set_bit(p.get(), 255) && BN_sub_word(p.get(), 19) &&
                    BN_set_word(denominator.get(), 121666) &&
                    BN_mod_inverse(d.get(), denominator.get(), p.get(), context.get()) &&
                    BN_mul_word(d.get(), 121665) && BN_sub(d.get(), p.get(), d.get()) &&
                    BN_nnmod(d.get(), d.get(), p.get(), context.get()));
  }
};

const Field& field() {
  static const Field made;
  return made;
}

// Whether x exists for this y: x^2 = (y^2 - 1) / (d y^2 + 1), and a fraction is a square exactly when the product is.
bool is_on_curve(const BIGNUM* y) {
  const BIGNUM* p = field().p.get();
  const OwnedBnContext context(BN_CTX_new());
  const OwnedNumber square(BN_new()), upper(BN_new()), lower(BN_new());
  MIBUN_INVARIANT(context && square && upper && lower && BN_mod_sqr(square.get(), y, p, context.get()) &&
                  BN_mod_sub(upper.get(), square.get(), BN_value_one(), p, context.get()) &&
                  BN_mod_mul(lower.get(), square.get(), field().d.get(), p, context.get()) &&
                  BN_mod_add(lower.get(), lower.get(), BN_value_one(), p, context.get()) &&
                  BN_mod_mul(square.get(), upper.get(), lower.get(), p, context.get()));
  return BN_kronecker(square.get(), p, context.get()) == 1;
}

Status check_public_key(BytesView bytes) {
  std::array<std::uint8_t, kEd25519Size> encoded_y{};
  std::copy(bytes.begin(), bytes.end(), encoded_y.begin());
  encoded_y.back() &= 0x7f;  // the top bit is the sign of x
  const OwnedNumber y(BN_lebin2bn(encoded_y.data(), static_cast<int>(encoded_y.size()), nullptr));
  const OwnedNumber minus_one(BN_dup(field().p.get()));
  MIBUN_INVARIANT(y && minus_one && BN_sub_word(minus_one.get(), 1));
  if (BN_cmp(y.get(), field().p.get()) >= 0) {
    return fail(ErrorCode::public_key_malformed, "public key", "y is not reduced");
  }
  const bool small = BN_is_zero(y.get()) || BN_is_one(y.get()) || BN_cmp(y.get(), minus_one.get()) == 0 ||
                     std::ranges::find(kEd25519Order8, encoded_y) != std::end(kEd25519Order8);
  if (small) return fail(ErrorCode::public_key_malformed, "public key", "a point of small order");
  if (!is_on_curve(y.get())) return fail(ErrorCode::public_key_not_on_curve, "public key");
  return {};
}

// The keys a thread used last with a context each: making a key and fetching its algorithm take the library's locks.
class ThreadEd25519Keys {
 public:
  struct Key {
    Ed25519PublicKey public_key;
    OwnedKey key;
    OwnedDigestContext context;
  };

  static Key& with(const Ed25519PublicKey& wanted) {
    thread_local ThreadEd25519Keys keys;
    return keys.find(wanted);
  }

 private:
  Key& find(const Ed25519PublicKey& wanted) {
    const auto held =
        std::ranges::find_if(order_, [&](const auto& slot) { return slot && slot->public_key == wanted; });
    const auto taken = held != order_.end() ? held : std::prev(order_.end());
    std::rotate(order_.begin(), taken, std::next(taken));  // the last used first
    if (held == order_.end()) {
      order_.front().emplace(Key{wanted, make_pkey(wanted), OwnedDigestContext(EVP_MD_CTX_new())});
      MIBUN_INVARIANT(order_.front()->context != nullptr);
    }
    return *order_.front();
  }

  std::array<std::optional<Key>, 4> order_;
};

}  // namespace

Result<Ed25519PublicKey> Ed25519PublicKey::from_bytes(BytesView bytes32) {
  if (bytes32.size() != kEd25519Size) return fail(ErrorCode::public_key_malformed, "public key", "not 32 bytes");
  MIBUN_CHECK(check_public_key(bytes32));
  Ed25519PublicKey key;
  std::copy(bytes32.begin(), bytes32.end(), key.bytes_.begin());
  return key;
}

Status Ed25519PublicKey::verify(BytesView message, const Ed25519Signature& signature) const {
  ThreadEd25519Keys::Key& key = ThreadEd25519Keys::with(*this);
  EVP_MD_CTX* context = key.context.get();
  const bool good = EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key.key.get()) == 1 &&
                    EVP_DigestVerify(context, signature.data(), signature.size(), message.data(), message.size()) == 1;
  if (!good) return clear_errors(fail(ErrorCode::signature_invalid, "signature", "does not match"));
  return {};
}

struct Ed25519PrivateKey::Impl {
  Impl(OwnedKey pkey, Ed25519PublicKey public_part) : key(std::move(pkey)), public_key(public_part) {}
  OwnedKey key;
  Ed25519PublicKey public_key;
};

Ed25519PrivateKey::Ed25519PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ed25519PrivateKey::Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey& Ed25519PrivateKey::operator=(Ed25519PrivateKey&&) noexcept = default;
Ed25519PrivateKey::~Ed25519PrivateKey() = default;

Ed25519PrivateKey Ed25519PrivateKey::generate() {
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  SecretBytes seed(kEd25519Size);
  std::size_t size = seed.size();
  MIBUN_INVARIANT(key && EVP_PKEY_get_raw_private_key(key.get(), seed.reveal_mutable().data(), &size) == 1);
  auto made = from_seed(seed.reveal());
  MIBUN_INVARIANT(made.has_value());
  return std::move(*made);
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_seed(BytesView seed32) {
  if (seed32.size() != kEd25519Size) return fail(ErrorCode::private_key_malformed, "seed", "not 32 bytes");
  OwnedKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed32.data(), seed32.size()));
  std::array<std::uint8_t, kEd25519Size> bytes{};
  std::size_t size = bytes.size();
  MIBUN_INVARIANT(key && EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) == 1 && size == bytes.size());
  MIBUN_TRY(const Ed25519PublicKey public_key, Ed25519PublicKey::from_bytes(bytes));
  return Ed25519PrivateKey(std::make_unique<Impl>(std::move(key), public_key));
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_pkcs8(BytesView der) {
  if (der.size() != kEd25519Pkcs8Prefix.size() + kEd25519Size ||
      !std::equal(kEd25519Pkcs8Prefix.begin(), kEd25519Pkcs8Prefix.end(), der.begin())) {
    return fail(ErrorCode::private_key_malformed, "pkcs8");
  }
  return from_seed(der.subspan(kEd25519Pkcs8Prefix.size()));
}

Ed25519PublicKey Ed25519PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<Ed25519Signature> Ed25519PrivateKey::sign(BytesView message) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  Ed25519Signature signature;
  std::size_t size = signature.size();
  const bool good = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) == 1 &&
                    EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
                    size == signature.size();
  if (!good) return clear_errors(fail(ErrorCode::crypto_failure, "sign"));
  return signature;
}

SecretBytes Ed25519PrivateKey::seed() const {
  SecretBytes out(kEd25519Size);
  std::size_t size = out.size();
  MIBUN_INVARIANT(EVP_PKEY_get_raw_private_key(impl_->key.get(), out.reveal_mutable().data(), &size) == 1 &&
                  size == out.size());
  return out;
}

SecretBytes Ed25519PrivateKey::pkcs8() const {
  const SecretBytes secret = seed();
  SecretBytes out(kEd25519Pkcs8Prefix.size() + secret.size());
  const auto at = std::copy(kEd25519Pkcs8Prefix.begin(), kEd25519Pkcs8Prefix.end(), out.reveal_mutable().begin());
  std::copy(secret.reveal().begin(), secret.reveal().end(), at);
  return out;
}

}  // namespace mibun::crypto
