#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "platform/restic/restic.h"
#include "server/backup/manifest.h"
#include "server/restored/marker.h"

namespace mibun::server::backup {

struct RestoreOptions {
  restic::Options repository;
  std::int64_t generation = 0;
  std::string data_directory;  // missing or empty
  // The master key of the server's keys, which no generation holds: a folder with master.key, and with backup.pub if
  // that was kept (else the key that the master key opens in the generation says who signed).
  std::string keys_directory;
  // Where the server's signing keys lie in a table, the folder "signing" in it has the key of that table's epoch
  // ("epoch-N.key" or "epoch-N.sealed"), unless keyd_directory has it or it is in a token (signing_table.h).
  bool is_signing_epoch_in_token = false;
  // That key is lost: the table of the generation is left out, and the server makes other signing keys.
  bool without_signing_keys = false;
  // Moved to <data>/keyd at the end, on the same file system, and what remembers its generations with it
  // ("<keyd_directory>.memory" and "<keyd_directory>.memory.signing", where they are there). Empty: it lives elsewhere.
  std::string keyd_directory;
  // Folders of the journal as they are now. Without any: `without_journal`, and every card is revoked.
  std::vector<std::string> journal_folders;
  bool without_journal = false;
  // Folders of the log of operations as they are now, with its key and memory in keys_directory (log_folders.h). Empty:
  // the server begins another log under another key, which every wallet will say.
  std::vector<std::string> log_folders;
};

enum class RestoreStep { fetching, verifying, preparing, placing, placed, settling };
using RestoreProgress = std::function<void(RestoreStep)>;

// Puts a generation into an empty data directory, whole or not at all: fetched and verified beside it
// ("<data>.restoring"), then renamed. What must not go back in time is settled by the App that opens it next, before it
// answers (restored/settle.h): nobody listens on this data earlier. A call that was cut off is made again.
//
// Errors: restore_target_not_empty, backup_not_found (no such generation), backup_integrity_error (and nothing is put
// in place), backup_repository_failed, not_found (no master key, no journal, no key of the log), invalid_argument,
// io_error; those of prepare_signing_table().
Result<Manifest> restore(const RestoreOptions& options, Rng& rng, const RestoreProgress& progress);

// Adds to a generation's data what is never in one: the master key from `keys_directory`, the journal, the marker that
// makes the next start settle it. Durable. Errors: not_found, io_error.
Status complete_restored_data(const std::string& data_directory, const std::string& keys_directory,
                              std::string_view journal, const RestoreMarker& marker);

}  // namespace mibun::server::backup
