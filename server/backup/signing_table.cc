#include "server/backup/signing_table.h"

#include <array>
#include <filesystem>
#include <optional>

#include "platform/database/backup.h"
#include "platform/files/files.h"
#include "platform/keyd/generation_memory.h"
#include "platform/keyd/key_table.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/signing_names.h"
#include "server/backup/staging.h"

namespace mibun::server::backup {
namespace {

constexpr std::size_t kEpochFileBytesMax = 64 * 1024;

std::string table_in(const std::string& data) {
  return data + "/" + std::string(kSigningFile);
}

// Of the epoch of that number, as platform/keyd/file_epoch_keys.h names them.
std::array<std::string, 2> epoch_files(std::int64_t epoch) {
  const std::string name = "epoch-" + std::to_string(epoch);
  return {name + ".key", name + ".sealed"};
}

Status remove_table(const std::string& data) {
  MIBUN_CHECK(files::erase_file(table_in(data)));
  std::error_code failed;
  std::filesystem::remove(data + "/" + std::string(kSigningFolder), failed);
  return files::sync_directory(data);
}

// Certificates whose keys are lost: a server that has nothing else takes all its keys for retired.
Status remove_papers(const std::string& keys) {
  MIBUN_TRY(const auto names, files::list_directory(keys));
  for (const std::string& name : names) {
    const std::filesystem::path path(name);
    const bool is_paper = path.extension() == ".pem" || path.extension() == ".pub";
    if (is_paper && keyd::parse_stem(path.stem().string())) MIBUN_CHECK(files::remove_name(keys + "/" + name));
  }
  return {};
}

std::string kept_epochs(const RestoreOptions& options) {
  return options.keys_directory + "/" + std::string(kSigningFolder);
}

Result<std::int64_t> number_in(const std::string& table, std::string_view query) {
  MIBUN_TRY(const auto number, database::read_number(table, query));
  if (!number) return fail(ErrorCode::backup_integrity_error, std::string(kSigningFile), "is a table without an epoch");
  return *number;
}

Status check_epoch_key(const RestoreOptions& options, std::int64_t epoch) {
  if (options.is_signing_epoch_in_token) return {};
  for (const std::string& name : epoch_files(epoch)) {
    if (files::exists(kept_epochs(options) + "/" + name)) return {};
    if (!options.keyd_directory.empty() && files::exists(options.keyd_directory + "/signing/" + name)) return {};
  }
  return fail(ErrorCode::not_found, kept_epochs(options) + "/" + epoch_files(epoch).front(),
              "the signing keys of the generation open with this key, or with one named .sealed, or not at all");
}

// Decision 0059: a table that went back is refused, whoever brings it.
Status check_memory(const RestoreOptions& options, const std::string& table) {
  if (options.keyd_directory.empty()) return {};
  const std::string path = keyd::signing_memory(keyd::memory_beside(options.keyd_directory));
  if (!files::exists(path)) return {};
  MIBUN_TRY(const auto memory, keyd::GenerationMemory::open(path));
  MIBUN_TRY(const std::int64_t number, number_in(table, keyd::key_table::kGenerationQuery));
  if (number >= memory.generation()) return {};
  return fail(ErrorCode::keyd_stale_replica, path,
              "remembers a newer table of signing keys than the generation has; if that is lost, put this file aside");
}

// The keys of its epoch that were kept, to where the table comes.
Status copy_epoch_keys(const RestoreOptions& options, std::int64_t epoch, const std::string& to) {
  for (const std::string& name : epoch_files(epoch)) {
    const std::string from = kept_epochs(options) + "/" + name;
    if (!files::exists(from) || files::exists(to + "/" + name)) continue;
    MIBUN_TRY(const SecretBytes key, files::read_secret_file(from, kEpochFileBytesMax));
    MIBUN_CHECK(files::write_new_file(to + "/" + name, key.reveal(), files::kPrivateFile));
  }
  return {};
}

// Renames it, with the keys that open it first.
Status move_table(const RestoreOptions& options, const std::string& data, const std::string& keyd_directory) {
  const std::string table = table_in(data), to = keyd_directory + "/signing";
  MIBUN_TRY(const std::int64_t epoch, number_in(table, keyd::key_table::kEpochQuery));
  MIBUN_CHECK(files::make_private_directory(keyd_directory));
  MIBUN_CHECK(files::make_private_directory(to));
  MIBUN_CHECK(copy_epoch_keys(options, epoch, to));
  std::error_code failed;
  std::filesystem::rename(table, to + "/" + std::string(keyd::key_table::kSigningFile), failed);
  if (failed) return fail(ErrorCode::io_error, table, "cannot be moved into the key holder's directory");
  MIBUN_CHECK(files::sync_directory(to));
  std::filesystem::remove(data + "/" + std::string(kSigningFolder), failed);
  return files::sync_directory(data);
}

}  // namespace

Status prepare_signing_table(const RestoreOptions& options, const std::string& data) {
  const std::string table = table_in(data);
  if (!files::exists(table)) return {};
  const bool has_newer = !options.keyd_directory.empty() && files::exists(options.keyd_directory + "/signing/" +
                                                                          std::string(keyd::key_table::kSigningFile));
  if (has_newer) return remove_table(data);
  if (options.without_signing_keys) {
    MIBUN_CHECK(remove_papers(data + "/keys"));
    return remove_table(data);
  }
  if (options.keyd_directory.empty() && !files::exists(kept_epochs(options))) return {};
  MIBUN_TRY(const std::int64_t epoch, number_in(table, keyd::key_table::kEpochQuery));
  MIBUN_CHECK(check_epoch_key(options, epoch));
  MIBUN_CHECK(check_memory(options, table));
  return options.keyd_directory.empty() ? move_table(options, data, data + "/keyd") : Status();
}

Status give_signing_table(const RestoreOptions& options) {
  if (options.keyd_directory.empty() || !files::exists(table_in(options.data_directory))) return {};
  return move_table(options, options.data_directory, options.keyd_directory);
}

}  // namespace mibun::server::backup
