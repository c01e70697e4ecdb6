#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/settings.h"
#include "platform/keyd/signing_keys.h"
#include "platform/keyd/signing_table.h"

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

// And of the signing keys' table beside it.
std::string signing_memory(const std::string& memory);

// The same for signing keys.
struct SigningPlaces {
  // Has what was there before there was a table, and papers for people to read; made 0700.
  std::string directory;
  // Of the key table where the settings name none: in each of those, in the folder "signing", is a copy of the signing
  // table.
  std::string default_directory;
  std::string default_memory;  // of the key table; that of the signing table is beside it, "<memory>.signing"
};
using OpenSigningTable = std::function<Result<std::shared_ptr<SigningTable>>(Rng& rng, StaleCopies stale)>;
Result<OpenSigningTable> prepare_signing_table(const Settings& settings, SigningPlaces places);
struct OpenedSigningKeys {
  std::unique_ptr<SigningKeys> keys;
  std::vector<std::string> stale_copies;  // folders whose copy of the table is out of use
};
using OpenSigningKeys = std::function<Result<OpenedSigningKeys>(Rng& rng, StaleCopies stale)>;
Result<OpenSigningKeys> prepare_signing_keys(const Settings& settings, SigningPlaces places);

// In this process or at the socket, as the settings say. In this process with plain keys and one directory they lie in
// sealed files there, unless a table has them already. Errors: those of StoredSigningKeys, SigningTable and
// RemoteSigningKeys.
Result<std::unique_ptr<SigningKeys>> open_signing_keys(const Settings& settings, const SigningPlaces& places, Rng& rng);
// Whether a table is there, in any of the directories.
bool has_signing_table(const Settings& settings, const std::string& default_directory);
// Whether a table has them, and not files in one directory, when these settings open them in this process.
bool uses_signing_table(const Settings& settings, const std::string& default_directory);

// SigningKeys::copy_table() for whoever has none of its keys open, beside a server that runs or not: of its service at
// the socket, or else of the copies in the directories the one that says that it is the newest. Whoever opens it finds
// out. None: the keys lie in files. Errors: those of RemoteSigningKeys, io_error, database_error.
Result<std::optional<Bytes>> copy_signing_table(const Settings& settings, const std::string& data_directory);

// The socket of the service that a server starts itself: "<data>/keyd.sock".
std::string own_socket(const std::string& data_directory);
// The keys of a server as another command reaches them: at that socket while somebody answers there, or else as the
// settings say.
Settings reached(const Settings& settings, const std::string& data_directory);

// In this process or at the socket, as the settings say. Errors: those of EmbeddedKeyHolder and RemoteKeyHolder.
Result<std::unique_ptr<KeyHolder>> open_key_holder(const Settings& settings, const std::string& default_directory,
                                                   Rng& rng);

}  // namespace mibun::keyd
