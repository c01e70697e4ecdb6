#include "core/crypto/aead.h"

#include <algorithm>

#include "core/base/secret.h"
#include "core/crypto/key_wrap.h"
#include "core/crypto/web/imports.h"

namespace mibun::crypto {
namespace {

constexpr std::size_t kRecordKeySize = 32;
constexpr std::size_t kBlock = 8;
constexpr std::size_t kWrappedKeyMin = 16, kWrappedKeyMax = 4096;

bool is_key_size(std::size_t size) {
  return size == 16 || size == 32;
}

}  // namespace

Bytes aes_gcm_seal(BytesView key, BytesView iv, BytesView aad, BytesView plaintext) {
  MIBUN_INVARIANT(is_key_size(key.size()) && iv.size() == kAeadIvSize);
  Bytes out(plaintext.size() + kAeadTagSize);
  MIBUN_INVARIANT(web::host_aes_gcm(0, key.data(), key.size(), iv.data(), aad.data(), aad.size(), plaintext.data(),
                                    plaintext.size(), out.data()) == static_cast<int>(out.size()));
  return out;
}

Result<Bytes> aes_gcm_open(BytesView key, BytesView iv, BytesView aad, BytesView sealed) {
  if (!is_key_size(key.size()) || iv.size() != kAeadIvSize || sealed.size() < kAeadTagSize) {
    return fail(ErrorCode::aead_open_failed);
  }
  Bytes out(sealed.size() - kAeadTagSize);
  const int made = web::host_aes_gcm(1, key.data(), key.size(), iv.data(), aad.data(), aad.size(), sealed.data(),
                                     sealed.size(), out.data());
  if (made != static_cast<int>(out.size())) return fail(ErrorCode::aead_open_failed);
  return out;
}

void aes_gcm_seal_into(BytesView key, BytesView iv, BytesView aad, BytesView plaintext, std::span<std::uint8_t> out) {
  MIBUN_INVARIANT(out.size() == plaintext.size() + kAeadTagSize);
  std::ranges::copy(aes_gcm_seal(key, iv, aad, plaintext), out.begin());
}

Status aes_gcm_open_into(BytesView key, BytesView iv, BytesView aad, BytesView sealed, std::span<std::uint8_t> out) {
  auto plaintext = aes_gcm_open(key, iv, aad, sealed);
  if (!plaintext) {
    secure_wipe(out);
    return pass_error(plaintext);
  }
  MIBUN_INVARIANT(out.size() == plaintext->size());
  std::ranges::copy(*plaintext, out.begin());
  secure_wipe(*plaintext);
  return {};
}

Bytes seal_record(BytesView key32, BytesView aad, BytesView plaintext, Rng& rng) {
  MIBUN_INVARIANT(key32.size() == kRecordKeySize);
  Bytes record = rng.bytes(kAeadIvSize);
  const Bytes sealed = aes_gcm_seal(key32, record, aad, plaintext);
  record.insert(record.end(), sealed.begin(), sealed.end());
  return record;
}

Result<Bytes> open_record(BytesView key32, BytesView aad, BytesView record) {
  if (key32.size() != kRecordKeySize || record.size() < kAeadIvSize) return fail(ErrorCode::aead_open_failed);
  return aes_gcm_open(key32, record.first(kAeadIvSize), aad, record.subspan(kAeadIvSize));
}

Bytes aes_key_wrap(BytesView key_encryption_key, BytesView key) {
  MIBUN_INVARIANT(is_key_size(key_encryption_key.size()) && key.size() >= kWrappedKeyMin &&
                  key.size() <= kWrappedKeyMax && key.size() % kBlock == 0);
  Bytes out(key.size() + kBlock);
  MIBUN_INVARIANT(web::host_aes_kw(0, key_encryption_key.data(), key_encryption_key.size(), key.data(), key.size(),
                                   out.data()) == static_cast<int>(out.size()));
  return out;
}

Result<SecretBytes> aes_key_unwrap(BytesView key_encryption_key, BytesView wrapped) {
  const bool sizes_fit = is_key_size(key_encryption_key.size()) && wrapped.size() >= kWrappedKeyMin + kBlock &&
                         wrapped.size() <= kWrappedKeyMax + kBlock && wrapped.size() % kBlock == 0;
  if (!sizes_fit) return fail(ErrorCode::key_unwrap_failed);
  SecretBytes out(wrapped.size() - kBlock);
  const int made = web::host_aes_kw(1, key_encryption_key.data(), key_encryption_key.size(), wrapped.data(),
                                    wrapped.size(), out.reveal_mutable().data());
  if (made != static_cast<int>(out.size())) return fail(ErrorCode::key_unwrap_failed);
  return out;
}

}  // namespace mibun::crypto
