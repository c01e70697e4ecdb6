#include "core/crypto/key_wrap.h"

#include <openssl/evp.h>

#include "core/crypto/openssl.h"

namespace mibun::crypto {
namespace {

using OwnedCipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t kBlock = 8;
constexpr std::size_t kKeySizeMin = 16, kKeySizeMax = 4096;

OwnedCipher fetch(const char* name) {
  OwnedCipher cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
  MIBUN_INVARIANT(cipher != nullptr);
  return cipher;
}

const EVP_CIPHER* cipher_for(std::size_t key_size) {
  static const OwnedCipher aes128 = fetch("AES-128-WRAP");
  static const OwnedCipher aes256 = fetch("AES-256-WRAP");
  return key_size == 16 ? aes128.get() : aes256.get();
}

// One pass in either direction; false when the library refuses, or gives another size than out.size().
bool run(int encrypt, BytesView kek, BytesView in, std::span<std::uint8_t> out) {
  const OwnedCipherContext context(EVP_CIPHER_CTX_new());
  MIBUN_INVARIANT(context != nullptr);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  // The library may write a block more than it keeps.
  SecretBytes buffer(in.size() + 2 * kBlock);
  int size = 0;
  const bool good =
      EVP_CipherInit_ex2(context.get(), cipher_for(kek.size()), kek.data(), nullptr, encrypt, nullptr) == 1 &&
      EVP_CipherUpdate(context.get(), buffer.reveal_mutable().data(), &size, in.data(), static_cast<int>(in.size())) ==
          1 &&
      static_cast<std::size_t>(size) == out.size();
  if (good) std::copy_n(buffer.reveal().begin(), out.size(), out.begin());
  return clear_errors(good);
}

bool is_kek_size(std::size_t size) {
  return size == 16 || size == 32;
}

bool is_key_size(std::size_t size) {
  return size >= kKeySizeMin && size <= kKeySizeMax && size % kBlock == 0;
}

}  // namespace

Bytes aes_key_wrap(BytesView key_encryption_key, BytesView key) {
  MIBUN_INVARIANT(is_kek_size(key_encryption_key.size()) && is_key_size(key.size()));
  Bytes out(key.size() + kBlock);
  MIBUN_INVARIANT(run(1, key_encryption_key, key, out));
  return out;
}

Result<SecretBytes> aes_key_unwrap(BytesView key_encryption_key, BytesView wrapped) {
  const bool sizes_fit =
      is_kek_size(key_encryption_key.size()) && wrapped.size() > kBlock && is_key_size(wrapped.size() - kBlock);
  if (!sizes_fit) return fail(ErrorCode::key_unwrap_failed);
  SecretBytes out(wrapped.size() - kBlock);
  if (!run(0, key_encryption_key, wrapped, out.reveal_mutable())) return fail(ErrorCode::key_unwrap_failed);
  return out;
}

}  // namespace mibun::crypto
