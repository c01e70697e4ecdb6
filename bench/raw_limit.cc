#include "bench/raw_limit.h"

// The one place outside core/crypto that sees the library: a yardstick must not pass through what it measures.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>

#include "core/base/bytes.h"

namespace mibun::bench {
namespace {

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

class SignedDigest {
 public:
  explicit SignedDigest(std::uint8_t fill)
      : key_(EVP_EC_gen("P-256")),
        verifier_(EVP_PKEY_CTX_new(key_.get(), nullptr)),
        signer_(EVP_PKEY_CTX_new(key_.get(), nullptr)) {
    digest_.fill(fill);
    MIBUN_INVARIANT(EVP_PKEY_sign_init(signer_.get()) == 1);
    MIBUN_INVARIANT(EVP_PKEY_verify_init(verifier_.get()) == 1);
    MIBUN_INVARIANT(sign());
  }

  bool sign() {
    size_ = signature_.size();
    return EVP_PKEY_sign(signer_.get(), signature_.data(), &size_, digest_.data(), digest_.size()) == 1;
  }
  bool verify() {
    return EVP_PKEY_verify(verifier_.get(), signature_.data(), size_, digest_.data(), digest_.size()) == 1;
  }

 private:
  std::unique_ptr<EVP_PKEY, KeyFree> key_;
  std::unique_ptr<EVP_PKEY_CTX, KeyFree> verifier_, signer_;
  std::array<std::uint8_t, 32> digest_{};
  std::array<std::uint8_t, 80> signature_{};
  std::size_t size_ = 0;
};

struct DigestFree {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

class Sha256 {
 public:
  bool digest(BytesView message) {
    return EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
           EVP_DigestUpdate(context_.get(), message.data(), message.size()) == 1 &&
           EVP_DigestFinal_ex(context_.get(), digest_.data(), nullptr) == 1;
  }

 private:
  std::unique_ptr<EVP_MD, DigestFree> algorithm_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, DigestFree> context_{EVP_MD_CTX_new()};
  std::array<std::uint8_t, 32> digest_{};
};

struct CipherFree {
  void operator()(EVP_CIPHER* algorithm) const { EVP_CIPHER_free(algorithm); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

class Aes256Gcm {
 public:
  bool encrypt(std::size_t size) {
    in_.resize(size);
    out_.resize(size);
    ++nonce_[0];
    int written = 0;
    std::array<std::uint8_t, 16> tag{};
    return EVP_EncryptInit_ex2(context_.get(), algorithm_.get(), key_.data(), nonce_.data(), nullptr) == 1 &&
           EVP_EncryptUpdate(context_.get(), out_.data(), &written, in_.data(), static_cast<int>(size)) == 1 &&
           EVP_EncryptFinal_ex(context_.get(), tag.data(), &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1;
  }

 private:
  std::unique_ptr<EVP_CIPHER, CipherFree> algorithm_{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  std::unique_ptr<EVP_CIPHER_CTX, CipherFree> context_{EVP_CIPHER_CTX_new()};
  std::array<std::uint8_t, 32> key_{7};
  std::array<std::uint8_t, 12> nonce_{};
  Bytes in_, out_;
};

}  // namespace

struct RawLimit::Impl {
  Aes256Gcm aes;
  Sha256 sha256;
  SignedDigest first{0x11}, second{0x22};
  std::array<std::uint8_t, 3072> message{};
};

RawLimit::RawLimit() : impl_(std::make_unique<Impl>()) {}
RawLimit::~RawLimit() = default;

bool RawLimit::verify_two() {
  return impl_->first.verify() && impl_->second.verify();
}

bool RawLimit::encrypt(std::size_t size) {
  return impl_->aes.encrypt(size);
}

bool RawLimit::sign_one() {
  return impl_->first.sign();
}

bool RawLimit::sign_with_salts_and_digests() {
  constexpr int kClaims = 22;
  constexpr std::size_t kSaltBytes = 16, kDisclosureBytes = 90;
  const BytesView message(impl_->message);
  if (RAND_bytes(impl_->message.data(), kClaims * kSaltBytes) != 1) return false;
  for (std::size_t i = 0; i < kClaims; ++i) {
    if (!impl_->sha256.digest(message.subspan(i, kDisclosureBytes))) return false;
  }
  return impl_->sha256.digest(message) && impl_->first.sign();
}

}  // namespace mibun::bench
