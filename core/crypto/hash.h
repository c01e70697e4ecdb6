#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/secret.h"

namespace mibun::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest sha256(BytesView data);
inline Sha256Digest sha256(std::string_view text) {
  return sha256(as_bytes(text));
}
// SHA-256 of the parts one after another, without joining them.
Sha256Digest sha256(std::initializer_list<BytesView> parts);
// SHA-256 of `first`, and of `first` followed by `rest`, at the price of the longer one.
struct PrefixDigests {
  Sha256Digest first, whole;
};
PrefixDigests sha256_of_prefix_and_whole(BytesView first, BytesView rest);
Bytes sha384(BytesView data);
Bytes sha512(BytesView data);

Sha256Digest hmac_sha256(BytesView key, BytesView data);
// RFC 5869.
SecretBytes hkdf_sha256(BytesView input_key, BytesView salt, BytesView info, std::size_t size);
// Concat KDF of NIST SP 800-56A as RFC 7518, section 4.6.2 uses it, for keys up to 32 bytes.
SecretBytes concat_kdf_sha256(BytesView shared_secret, std::string_view algorithm_id, BytesView apu, BytesView apv,
                              std::size_t key_size);

// "OpenSSL 3.0.22 ...": a measurement says what it was made with.
std::string library_version();

// The operating system's randomness through OpenSSL's per-thread generator. Ends the process if it fails.
class SystemRng final : public Rng {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace mibun::crypto
