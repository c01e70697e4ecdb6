#include "bench/raw_sealing.h"

// As raw_limit.cc: a yardstick must not pass through what it measures.
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <vector>

namespace mibun::bench {
namespace {

constexpr int kIvSize = 12, kTagSize = 16;

struct CipherFree {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

struct RawSealing::Impl {
  std::unique_ptr<EVP_CIPHER, CipherFree> cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  std::unique_ptr<EVP_CIPHER_CTX, CipherFree> context{EVP_CIPHER_CTX_new()};
  std::vector<std::uint8_t> plaintext, sealed, opened;
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, kIvSize> iv{};
  std::array<std::uint8_t, kTagSize> tag{};
};

RawSealing::RawSealing(std::size_t size) : impl_(std::make_unique<Impl>()) {
  impl_->plaintext.assign(size, 0x5a);
  impl_->sealed.resize(size);
  impl_->opened.resize(size);
}
RawSealing::~RawSealing() = default;

bool RawSealing::seal_one() {
  Impl& it = *impl_;
  ++it.iv[0];
  ++it.key[0];
  int written = 0, last = 0;
  return EVP_EncryptInit_ex2(it.context.get(), it.cipher.get(), it.key.data(), it.iv.data(), nullptr) == 1 &&
         EVP_EncryptUpdate(it.context.get(), it.sealed.data(), &written, it.plaintext.data(),
                           static_cast<int>(it.plaintext.size())) == 1 &&
         EVP_EncryptFinal_ex(it.context.get(), it.sealed.data() + written, &last) == 1 &&
         EVP_CIPHER_CTX_ctrl(it.context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, it.tag.data()) == 1;
}

bool RawSealing::open_one() {
  Impl& it = *impl_;
  int written = 0, last = 0;
  return EVP_DecryptInit_ex2(it.context.get(), it.cipher.get(), it.key.data(), it.iv.data(), nullptr) == 1 &&
         EVP_DecryptUpdate(it.context.get(), it.opened.data(), &written, it.sealed.data(),
                           static_cast<int>(it.sealed.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(it.context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, it.tag.data()) == 1 &&
         EVP_DecryptFinal_ex(it.context.get(), it.opened.data() + written, &last) == 1;
}

}  // namespace mibun::bench
