#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::sealed_file {

inline constexpr std::size_t kSecretBytesMax = 1024 * 1024;

// A secret in a file, sealed by a passphrase: Argon2id (RFC 9106) -> AES-256-GCM.
//   "mibun-sealed-1\n"  memory_kib passes lanes (4 bytes each, big-endian)  salt (16)  IV (12)  ciphertext  tag (16)
// All before the IV is the AAD. Written by rename, mode 0600, fsynced; create() never overwrites an existing file.
// The default is the second choice of RFC 9106, section 4 (64 MiB, 3 passes), with one lane instead of four.
struct Argon2Cost {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 1;
};

// An empty passphrase, or a cost outside of what open() takes, is invalid_argument. `passphrase` is the caller's to
// wipe. Errors: io_error (exists, cannot write), invalid_argument, unavailable (not enough memory).
Status create(const std::string& path, std::string_view passphrase, BytesView secret, Rng& rng, Argon2Cost cost = {});
// Replaces the content under the same rules (new salt and IV).
Status replace(const std::string& path, std::string_view passphrase, BytesView secret, Rng& rng, Argon2Cost cost = {});
// Errors: not_found, io_error, sealed_file_malformed (also costs above 1 GiB or 16 passes),
// sealed_file_wrong_passphrase (or the content was changed: the two cannot be told apart), unavailable (not enough
// memory).
Result<SecretBytes> open(const std::string& path, std::string_view passphrase);

}  // namespace mibun::sealed_file
