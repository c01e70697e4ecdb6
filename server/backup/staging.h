#pragma once

#include <map>
#include <string>

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
  std::string origin;
};

// What a generation is given beside its content.
struct Stamp {
  std::int64_t generation = 0;
  Instant made_at;
  Bytes previous;  // SHA-256 of the manifest before
  JournalPosition journal;
};

// Makes `folder` with a whole generation in it:
//   manifest.jws  files.list
//   data/mibun.db               a consistent copy, made while others write
//   data/keys/<name>.pem .crt .pub   what everybody may know
//   data/keys/<name>.key        only those that open under the master key: without it they are worth nothing
//   data/<folder>/...           the configured folders
// Never in it: keys/master.key, keyd/, journal/, logs. The signed text of the manifest. Errors: io_error,
// database_error, invalid_argument (a name that is taken).
Result<std::string> stage(const Sources& sources, const Stamp& stamp, const KeyDirectory& keys,
                          const crypto::Signer& signer, const std::string& folder);

}  // namespace mibun::server::backup
