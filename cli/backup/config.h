#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/codecs/json.h"
#include "platform/keyd/settings.h"
#include "server/app/config.h"
#include "server/backup/service.h"

namespace mibun::cli {

// The member "backup" of the server's configuration:
//   {"repository":"/srv/backup/mibun","password_file":"/etc/mibun/backup.password","hour_jst":3,
//    "suspension_hours_max":72,"file_folders":{"blobs":"/srv/mibun/blobs"},"log_checkpoint":FILE,
//    "state_directory":DIR,"journal_days":400,"region":"JP"}
// All but the first two are optional. "journal_directories":[DIR] stands beside "backup", not in it.
struct BackupConfig {
  server::backup::BackupOptions options;  // without the data directory and the origin
  int hour = 3;
  // How old a generation can be that somebody still restores, a copy elsewhere included: so long the journal keeps its
  // lines.
  std::chrono::days journal_days{400};
};

// Errors: json_*.
Result<BackupConfig> read_backup_config(const json::Object& object);

// From the whole configuration file: only "backup", "journal_directories" and "keyd" are looked at. Without a file, or
// without the member, what stands on the command line has to be enough. Errors: not_found, io_error, json_*.
struct BackupFile {
  BackupConfig backup;
  std::vector<std::string> journal_directories;
  keyd::Settings keyd;  // where the server has its keys
};
Result<BackupFile> read_backup_file(const std::string& path);

}  // namespace mibun::cli
