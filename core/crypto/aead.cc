#include "core/crypto/aead.h"

#include <openssl/evp.h>

#include <limits>

#include "core/base/secret.h"
#include "core/crypto/openssl.h"

namespace mibun::crypto {
namespace {

using OwnedCipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t kRecordKeySize = 32;
constexpr std::size_t kInputSizeMax = static_cast<std::size_t>(std::numeric_limits<int>::max()) - 64;

OwnedCipher fetch(const char* name) {
  OwnedCipher cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
  MIBUN_INVARIANT(cipher != nullptr);
  return cipher;
}

const EVP_CIPHER* cipher_for(std::size_t key_size) {
  static const OwnedCipher aes128 = fetch("AES-128-GCM");
  static const OwnedCipher aes256 = fetch("AES-256-GCM");
  return key_size == 16 ? aes128.get() : aes256.get();
}

bool is_key_size(std::size_t size) {
  return size == 16 || size == 32;
}

enum class Direction : int { open = 0, seal = 1 };

// One use of this thread's context for a key size and direction. Contexts are reused because making one takes the
// library's locks; the key is overwritten afterwards, so that no thread keeps the last caller's key.
class GcmRun {
 public:
  GcmRun(Direction direction, BytesView key, BytesView iv)
      : context_(thread_context(direction, key.size())), direction_(direction), key_size_(key.size()) {
    good_ = EVP_CipherInit_ex2(context_, cipher_for(key.size()), key.data(), iv.data(), static_cast<int>(direction),
                               nullptr) == 1;
  }
  GcmRun(const GcmRun&) = delete;
  GcmRun& operator=(const GcmRun&) = delete;
  ~GcmRun() {
    static constexpr std::uint8_t kZeros[32] = {};
    EVP_CipherInit_ex2(context_, cipher_for(key_size_), kZeros, kZeros, static_cast<int>(direction_), nullptr);
  }

  void aad(BytesView data) {
    if (data.empty()) return;  // a null pointer means something else to the library
    int written = 0;
    good_ = good_ && EVP_CipherUpdate(context_, nullptr, &written, data.data(), static_cast<int>(data.size())) == 1;
  }

  void data(BytesView in, std::span<std::uint8_t> out) {
    if (in.empty()) return;
    int written = 0;
    good_ = good_ && EVP_CipherUpdate(context_, out.data(), &written, in.data(), static_cast<int>(in.size())) == 1 &&
            static_cast<std::size_t>(written) == in.size();
  }

  [[nodiscard]] bool finish() {
    std::uint8_t rest[16];
    int written = 0;
    return good_ && EVP_CipherFinal_ex(context_, rest, &written) == 1 && written == 0;
  }

  [[nodiscard]] bool get_tag(std::span<std::uint8_t> out) {
    return EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(out.size()), out.data()) == 1;
  }

  void set_tag(BytesView tag) {
    std::uint8_t copy[kAeadTagSize];
    std::copy(tag.begin(), tag.end(), copy);
    good_ = good_ && EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, copy) == 1;
  }

 private:
  static EVP_CIPHER_CTX* thread_context(Direction direction, std::size_t key_size) {
    thread_local const OwnedCipherContext contexts[4] = {
        OwnedCipherContext(EVP_CIPHER_CTX_new()), OwnedCipherContext(EVP_CIPHER_CTX_new()),
        OwnedCipherContext(EVP_CIPHER_CTX_new()), OwnedCipherContext(EVP_CIPHER_CTX_new())};
    EVP_CIPHER_CTX* context = contexts[static_cast<std::size_t>(direction) * 2 + (key_size == 16 ? 0 : 1)].get();
    MIBUN_INVARIANT(context != nullptr);
    return context;
  }

  EVP_CIPHER_CTX* context_;
  Direction direction_;
  std::size_t key_size_;
  bool good_ = false;
};

}  // namespace

void aes_gcm_seal_into(BytesView key, BytesView iv, BytesView aad, BytesView plaintext, std::span<std::uint8_t> out) {
  MIBUN_INVARIANT(is_key_size(key.size()) && iv.size() == kAeadIvSize);
  MIBUN_INVARIANT(out.size() == plaintext.size() + kAeadTagSize);
  MIBUN_INVARIANT(plaintext.size() <= kInputSizeMax && aad.size() <= kInputSizeMax);
  GcmRun run(Direction::seal, key, iv);
  run.aad(aad);
  run.data(plaintext, out);
  const bool good = run.finish() && run.get_tag(out.last(kAeadTagSize));
  MIBUN_INVARIANT(good);
}

Bytes aes_gcm_seal(BytesView key, BytesView iv, BytesView aad, BytesView plaintext) {
  Bytes out(plaintext.size() + kAeadTagSize);
  aes_gcm_seal_into(key, iv, aad, plaintext, out);
  return out;
}

Status aes_gcm_open_into(BytesView key, BytesView iv, BytesView aad, BytesView sealed, std::span<std::uint8_t> out) {
  const bool sizes_fit = is_key_size(key.size()) && iv.size() == kAeadIvSize && sealed.size() >= kAeadTagSize &&
                         sealed.size() <= kInputSizeMax && aad.size() <= kInputSizeMax;
  if (!sizes_fit) {
    secure_wipe(out);
    return fail(ErrorCode::aead_open_failed);
  }
  const BytesView ciphertext = sealed.first(sealed.size() - kAeadTagSize);
  MIBUN_INVARIANT(out.size() == ciphertext.size());
  GcmRun run(Direction::open, key, iv);
  run.aad(aad);
  run.data(ciphertext, out);
  run.set_tag(sealed.last(kAeadTagSize));
  if (!run.finish()) {
    secure_wipe(out);
    return clear_errors(fail(ErrorCode::aead_open_failed));
  }
  return {};
}

Result<Bytes> aes_gcm_open(BytesView key, BytesView iv, BytesView aad, BytesView sealed) {
  if (sealed.size() < kAeadTagSize || sealed.size() > kInputSizeMax) return fail(ErrorCode::aead_open_failed);
  Bytes plaintext(sealed.size() - kAeadTagSize);
  MIBUN_CHECK(aes_gcm_open_into(key, iv, aad, sealed, plaintext));
  return plaintext;
}

Bytes seal_record(BytesView key32, BytesView aad, BytesView plaintext, Rng& rng) {
  MIBUN_INVARIANT(key32.size() == kRecordKeySize);
  Bytes record(kAeadIvSize + plaintext.size() + kAeadTagSize);
  const std::span<std::uint8_t> out(record);
  rng.fill(out.first(kAeadIvSize));
  aes_gcm_seal_into(key32, out.first(kAeadIvSize), aad, plaintext, out.subspan(kAeadIvSize));
  return record;
}

Result<Bytes> open_record(BytesView key32, BytesView aad, BytesView record) {
  if (key32.size() != kRecordKeySize || record.size() < kAeadIvSize + kAeadTagSize) {
    return fail(ErrorCode::aead_open_failed);
  }
  return aes_gcm_open(key32, record.first(kAeadIvSize), aad, record.subspan(kAeadIvSize));
}

}  // namespace mibun::crypto
