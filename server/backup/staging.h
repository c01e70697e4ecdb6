#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/backup/manifest.h"
#include "server/trust/key_directory.h"

namespace mibun::server::backup {

// What is backed up.
struct Sources {
  std::string data_directory;
  // Folders of files, by what they are called below the data directory when they come back ("blobs"). Their files must
  // not be changed in place: a store that writes by renaming is right.
  std::map<std::string, std::string> file_folders;
  std::string log_checkpoint_file;  // empty: no log
  // The table of the signing keys (SigningKeys::copy_table()); asked for each generation, which there is none of
  // while it cannot be had. Not set: there is none.
  std::function<Result<std::optional<Bytes>>()> signing_table = {};
  std::string origin;
};

// What a generation is given beside its content.
struct Stamp {
  std::int64_t generation = 0;
  Instant made_at;
  Bytes previous;  // SHA-256 of the manifest before
  JournalPosition journal;
};

// The signing keys' table in a generation, below its data.
inline constexpr std::string_view kSigningFolder = "signing", kSigningFile = "signing/signing.db";

// Makes `folder` with a whole generation in it:
//   manifest.jws  files.list
//   data/mibun.db               a consistent copy, made while others write
//   data/keys/<name>.pem .crt .pub   what everybody may know
//   data/keys/<name>.key        only those that open under the master key: without it they are worth nothing
//   data/signing/signing.db     the signing keys' table, where they lie in one, without the key that opens it
//   data/<folder>/...           the configured folders
// Never in it: keys/master.key, keyd/ (the keys of persons, and every epoch key), journal/, logs. The signed text of
// the manifest. Errors: io_error, database_error, invalid_argument (a name that is taken), those of
// Sources::signing_table.
Result<std::string> stage(const Sources& sources, const Stamp& stamp, const KeyDirectory& keys,
                          const crypto::Signer& signer, const std::string& folder);

}  // namespace mibun::server::backup
