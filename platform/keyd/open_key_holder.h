#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/settings.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

// Errors: not_found, io_error (also: others may read it), invalid_argument (empty, no credentials directory).
Result<SecretBytes> read_secret(const SecretSource& source, const std::string& credentials_directory);

// A holder in this process. Secrets are read by prepare(), the rest is opened by the function it returns, perhaps as
// another user.
using OpenHolder = std::function<Result<std::unique_ptr<EmbeddedKeyHolder>>(Rng& rng, StaleCopies stale)>;
// `default_memory`: HolderPlaces::memory where the settings name none.
Result<OpenHolder> prepare(const Settings& settings, const std::string& default_directory,
                           const std::string& default_memory = {});

// Where a holder in a server's process remembers how far the table in this directory has come.
std::string memory_beside(const std::string& directory);

// The same for signing keys. `directory`: made 0700; has the certificates, and the keys that are in files.
using OpenSigningKeys = std::function<Result<std::unique_ptr<SigningKeys>>(const std::string& directory, Rng& rng)>;
Result<OpenSigningKeys> prepare_signing_keys(const Settings& settings);

// In this process or at the socket, as the settings say. Errors: those of StoredSigningKeys and RemoteSigningKeys.
Result<std::unique_ptr<SigningKeys>> open_signing_keys(const Settings& settings, const std::string& directory,
                                                       Rng& rng);

// In this process or at the socket, as the settings say. Errors: those of EmbeddedKeyHolder and RemoteKeyHolder.
Result<std::unique_ptr<KeyHolder>> open_key_holder(const Settings& settings, const std::string& default_directory,
                                                   Rng& rng);

}  // namespace mibun::keyd
