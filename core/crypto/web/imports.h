#pragma once

// For files in core/crypto only: what the browser (or node) does for the core, as imports of the WebAssembly module
// "host"; web/core/host.ts gives them, on WebCrypto. Pointers are offsets into this module's memory. Those of the
// second group suspend this module until the browser has answered (Asyncify), so no two calls into it may overlap. A
// negative result says that the browser refused.

#include <cstddef>
#include <cstdint>

#define MIBUN_HOST(name) __attribute__((import_module("host"), import_name(#name)))

namespace mibun::crypto::web {

extern "C" {

// At once.
MIBUN_HOST(random) void host_random(std::uint8_t* out, std::size_t size);
MIBUN_HOST(release_key) void host_release_key(int key);
// 1 when a point of edwards25519 has this y: 32 bytes, little endian, below p.
MIBUN_HOST(has_ed25519_point) int host_has_ed25519_point(const std::uint8_t* y);

// After a while.
MIBUN_HOST(digest) int host_digest(int bits, const std::uint8_t* data, std::size_t size, std::uint8_t* out);
MIBUN_HOST(hmac_sha256)
int host_hmac_sha256(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* data, std::size_t size,
                     std::uint8_t* out);
MIBUN_HOST(hkdf_sha256)
int host_hkdf_sha256(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* salt, std::size_t salt_size,
                     const std::uint8_t* info, std::size_t info_size, std::uint8_t* out, std::size_t size);
// 1 when the point (uncompressed) is on the curve of so many bits.
MIBUN_HOST(has_point) int host_has_point(int curve_bits, const std::uint8_t* point, std::size_t size);
// `kind`: SignatureKind. `parameter`: bits of the curve, or the salt's length of RSA-PSS. 1 when it fits.
MIBUN_HOST(verify)
int host_verify(int kind, int digest_bits, int parameter, const std::uint8_t* spki, std::size_t spki_size,
                const std::uint8_t* message, std::size_t size, const std::uint8_t* signature,
                std::size_t signature_size);
// A new key that never leaves the browser, or one from PKCS #8, whose bytes are the caller's. `curve_bits`: 256, 384,
// 25519. A positive number stands for the key; its public part (a point, or 32 bytes) goes to `out`.
MIBUN_HOST(make_key) int host_make_key(int curve_bits, std::uint8_t* out);
MIBUN_HOST(import_key)
int host_import_key(int curve_bits, const std::uint8_t* pkcs8, std::size_t size, std::uint8_t* out);
MIBUN_HOST(sign)
int host_sign(int key, int digest_bits, const std::uint8_t* message, std::size_t size, std::uint8_t* out);
// The private part of an imported key: its scalar, or its seed.
MIBUN_HOST(private_part) int host_private_part(int key, std::uint8_t* out);
// ECDH on P-256; 32 bytes.
MIBUN_HOST(agree) int host_agree(int key, const std::uint8_t* point, std::uint8_t* out);
// `opens`: 0 seals, 1 opens. The size of what was written.
MIBUN_HOST(aes_gcm)
int host_aes_gcm(int opens, const std::uint8_t* key, std::size_t key_size, const std::uint8_t* iv,
                 const std::uint8_t* aad, std::size_t aad_size, const std::uint8_t* data, std::size_t size,
                 std::uint8_t* out);
MIBUN_HOST(aes_kw)
int host_aes_kw(int opens, const std::uint8_t* key, std::size_t key_size, const std::uint8_t* data, std::size_t size,
                std::uint8_t* out);

}  // extern "C"

// As the host numbers them.
enum class SignatureKind : int { ecdsa = 1, ed25519 = 2, rsa_pkcs1 = 3, rsa_pss = 4 };

}  // namespace mibun::crypto::web
