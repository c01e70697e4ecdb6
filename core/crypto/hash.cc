#include "core/crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>

#include "core/base/result.h"
#include "core/crypto/openssl.h"
#include "core/crypto/sha256.h"

namespace mibun::crypto {
namespace {

using OwnedDigest = Owned<EVP_MD, EVP_MD_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedMac = Owned<EVP_MAC, EVP_MAC_free>;
using OwnedMacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

// Algorithms are fetched once per process: a fetch takes global locks and costs more than a short hash.
OwnedDigest fetch(const char* name) {
  OwnedDigest digest(EVP_MD_fetch(nullptr, name, nullptr));
  MIBUN_INVARIANT(digest != nullptr);
  return digest;
}

void digest_into(const EVP_MD* digest, BytesView data, std::span<std::uint8_t> out) {
  thread_local const OwnedDigestContext context(EVP_MD_CTX_new());
  unsigned int size = 0;
  const bool good = context && EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1;
  MIBUN_INVARIANT(good && size == out.size());
}

OwnedMacContext make_hmac_sha256_context() {
  static const OwnedMac mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  MIBUN_INVARIANT(mac != nullptr);
  OwnedMacContext context(EVP_MAC_CTX_new(mac.get()));
  std::string digest = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
                               OSSL_PARAM_construct_end()};
  MIBUN_INVARIANT(context && EVP_MAC_CTX_set_params(context.get(), params) == 1);
  return context;
}

Sha256Digest hmac_parts(BytesView key, std::initializer_list<BytesView> parts) {
  // The context keeps its digest; each use only sets a new key.
  thread_local const OwnedMacContext context = make_hmac_sha256_context();
  static constexpr std::uint8_t kNothing = 0;  // a null key would mean "the key of the last use"
  const std::uint8_t* key_data = key.empty() ? &kNothing : key.data();
  bool good = EVP_MAC_init(context.get(), key_data, key.size(), nullptr) == 1;
  for (const BytesView part : parts) good = good && EVP_MAC_update(context.get(), part.data(), part.size()) == 1;
  Sha256Digest out{};
  std::size_t size = 0;
  good = good && EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1;
  MIBUN_INVARIANT(good && size == out.size());
  // The thread's context must not keep the caller's key.
  MIBUN_INVARIANT(key.empty() || EVP_MAC_init(context.get(), &kNothing, 0, nullptr) == 1);
  return out;
}

}  // namespace

Bytes sha384(BytesView data) {
  static const OwnedDigest digest = fetch("SHA384");
  Bytes out(48);
  digest_into(digest.get(), data, out);
  return out;
}

Bytes sha512(BytesView data) {
  static const OwnedDigest digest = fetch("SHA512");
  Bytes out(64);
  digest_into(digest.get(), data, out);
  return out;
}

Sha256Digest hmac_sha256(BytesView key, BytesView data) {
  return hmac_parts(key, {data});
}

SecretBytes hkdf_sha256(BytesView input_key, BytesView salt, BytesView info, std::size_t size) {
  MIBUN_INVARIANT(size <= 255 * sizeof(Sha256Digest));
  Sha256Digest pseudorandom_key = hmac_parts(salt, {input_key});
  SecretBytes out(size);
  Sha256Digest block{};
  std::size_t block_size = 0;  // T(0) is empty
  std::uint8_t counter = 0;
  for (std::size_t done = 0; done < size;) {
    ++counter;
    block = hmac_parts(pseudorandom_key, {BytesView(block).first(block_size), info, BytesView(&counter, 1)});
    block_size = block.size();
    const std::size_t part = std::min(block_size, size - done);
    std::copy_n(block.begin(), part, out.reveal_mutable().begin() + static_cast<std::ptrdiff_t>(done));
    done += part;
  }
  secure_wipe(pseudorandom_key);
  secure_wipe(block);
  return out;
}

void SystemRng::fill(std::span<std::uint8_t> out) {
  MIBUN_INVARIANT(out.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  MIBUN_INVARIANT(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

std::string library_version() {
  return OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace mibun::crypto
