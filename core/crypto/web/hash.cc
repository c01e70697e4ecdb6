// Hashes and randomness by the browser's WebCrypto.

#include "core/crypto/hash.h"

#include "core/base/result.h"
#include "core/crypto/sha256.h"
#include "core/crypto/web/imports.h"

namespace mibun::crypto {
namespace {

Bytes digest(int bits, BytesView data) {
  Bytes out(static_cast<std::size_t>(bits) / 8);
  MIBUN_INVARIANT(web::host_digest(bits, data.data(), data.size(), out.data()) == static_cast<int>(out.size()));
  return out;
}

}  // namespace

// WebCrypto takes a message whole.
Sha256::Sha256() = default;

void Sha256::update(BytesView data) {
  collected_.insert(collected_.end(), data.begin(), data.end());
}

Sha256Digest Sha256::finish() {
  Sha256Digest out;
  MIBUN_INVARIANT(web::host_digest(256, collected_.data(), collected_.size(), out.data()) == 32);
  secure_wipe(collected_);
  return out;
}

Bytes sha384(BytesView data) {
  return digest(384, data);
}

Bytes sha512(BytesView data) {
  return digest(512, data);
}

Sha256Digest hmac_sha256(BytesView key, BytesView data) {
  Sha256Digest out;
  MIBUN_INVARIANT(web::host_hmac_sha256(key.data(), key.size(), data.data(), data.size(), out.data()) == 32);
  return out;
}

SecretBytes hkdf_sha256(BytesView input_key, BytesView salt, BytesView info, std::size_t size) {
  MIBUN_INVARIANT(size <= 255 * sizeof(Sha256Digest));
  SecretBytes out(size);
  if (size == 0) return out;
  MIBUN_INVARIANT(web::host_hkdf_sha256(input_key.data(), input_key.size(), salt.data(), salt.size(), info.data(),
                                        info.size(), out.reveal_mutable().data(), size) == static_cast<int>(size));
  return out;
}

void SystemRng::fill(std::span<std::uint8_t> out) {
  web::host_random(out.data(), out.size());
}

std::string library_version() {
  return "WebCrypto";
}

}  // namespace mibun::crypto
