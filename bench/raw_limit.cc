// The bound for issuing hashes as core/crypto does (docs/decisions/0022): a slower hash would make the bound too low.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "bench/raw_limit.h"

// The one place outside core/crypto that sees the library: a yardstick must not pass through what it measures.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
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

class Agreement {
 public:
  bool with_a_fresh_key() {
    const std::unique_ptr<EVP_PKEY, KeyFree> own(EVP_EC_gen("P-256"));
    const std::unique_ptr<EVP_PKEY_CTX, KeyFree> context(EVP_PKEY_CTX_new(own.get(), nullptr));
    std::array<std::uint8_t, 32> secret{};
    std::size_t size = secret.size();
    return EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer(context.get(), other_.get()) == 1 &&
           EVP_PKEY_derive(context.get(), secret.data(), &size) == 1;
  }

 private:
  std::unique_ptr<EVP_PKEY, KeyFree> other_{EVP_EC_gen("P-256")};
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

bool sha256(BytesView message) {
  SHA256_CTX context;
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  return SHA256_Init(&context) == 1 && SHA256_Update(&context, message.data(), message.size()) == 1 &&
         SHA256_Final(digest.data(), &context) == 1;
}

}  // namespace

struct RawLimit::Impl {
  Aes256Gcm aes;
  SignedDigest first{0x11}, second{0x22};
  Agreement agreement;
  Bytes buffer;
};

RawLimit::RawLimit() : impl_(std::make_unique<Impl>()) {}
RawLimit::~RawLimit() = default;

bool RawLimit::verify_one() {
  return impl_->first.verify();
}

bool RawLimit::verify_two() {
  return impl_->first.verify() && impl_->second.verify();
}

bool RawLimit::encrypt(std::size_t size) {
  return impl_->aes.encrypt(size);
}

bool RawLimit::sign_one() {
  return impl_->first.sign();
}

bool RawLimit::agree_afresh() {
  return impl_->agreement.with_a_fresh_key();
}

bool RawLimit::sign_after(const IssueWork& work) {
  Bytes& buffer = impl_->buffer;
  buffer.resize(std::max({buffer.size(), work.random_bytes, work.signed_bytes}));
  if (RAND_bytes(buffer.data(), static_cast<int>(work.random_bytes)) != 1) return false;
  for (const std::size_t size : work.digested) {
    buffer.resize(std::max(buffer.size(), size));
    if (!sha256(BytesView(buffer).first(size))) return false;
  }
  return sha256(BytesView(buffer).first(work.signed_bytes)) && impl_->first.sign();
}

}  // namespace mibun::bench
