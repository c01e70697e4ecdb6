#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::sealed_file {

// A secret in a file, sealed by a passphrase: Argon2id (RFC 9106) -> AES-256-GCM. The parameters stand in the header
// and are part of the AAD. Written by rename, mode 0600, fsynced; an existing file is never overwritten by create().
struct Argon2Cost {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 1;
};

// Errors: io_error (exists, cannot write).
Status create(const std::string& path, std::string_view passphrase, BytesView secret, Rng& rng, Argon2Cost cost = {});
// Replaces the content under the same rules (new salt and IV).
Status replace(const std::string& path, std::string_view passphrase, BytesView secret, Rng& rng, Argon2Cost cost = {});
// Errors: io_error, sealed_file_malformed (also costs above 1 GiB or 16 passes), sealed_file_wrong_passphrase.
Result<SecretBytes> open(const std::string& path, std::string_view passphrase);

}  // namespace mibun::sealed_file
