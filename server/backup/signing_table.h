#pragma once

#include <string>

#include "server/backup/restore.h"

// The signing keys' table of a generation at a restore.
namespace mibun::server::backup {

// Decides what becomes of it in `data`, which is not in place yet. It goes when RestoreOptions::keyd_directory has a
// table, which is newer, and with without_signing_keys. It stays as data/signing/signing.db where neither that
// directory nor keys_directory/signing is there: then the keys are with a service elsewhere. Otherwise it is to be the
// server's table, and the key of its epoch has to be at hand. Errors: not_found (that key), keyd_stale_replica (it is
// older than what the table's memory has), io_error, database_error.
Status prepare_signing_table(const RestoreOptions& options, const std::string& data);

// When the data is in place: into keyd_directory, before that is moved in. May be cut off and made again.
Status give_signing_table(const RestoreOptions& options);

}  // namespace mibun::server::backup
