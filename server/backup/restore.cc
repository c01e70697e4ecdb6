#include "server/backup/restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "platform/files/descriptor.h"
#include "platform/files/files.h"
#include "platform/keyd/open_key_holder.h"
#include "server/backup/catalogue.h"
#include "server/backup/log_folders.h"
#include "server/backup/signing_key.h"
#include "server/backup/signing_table.h"
#include "server/backup/staging.h"
#include "server/backup/tree.h"
#include "server/journal/kept_files.h"
#include "server/trust/key_directory.h"

namespace mibun::server::backup {
namespace {

constexpr std::string_view kFolder = "generation";
constexpr std::string_view kOurs = "mibun-restoring";  // in the scratch folder: it is ours to remove
constexpr std::size_t kMasterKeyBytes = 32;

Result<SecretBytes> read_master_key(const std::string& directory) {
  MIBUN_TRY(SecretBytes key, files::read_secret_file(directory + "/master.key", kMasterKeyBytes));
  if (key.size() != kMasterKeyBytes)
    return fail(ErrorCode::sealed_file_malformed, "master.key", "it must hold 32 bytes");
  return key;
}

Result<bool> is_empty(const std::string& directory) {
  if (!files::exists(directory)) return true;
  MIBUN_TRY(const auto names, files::list_directory(directory));
  return names.empty();
}

// Placed by a call that was cut off before it had moved the key holder in.
bool waits_for_keys(const RestoreOptions& options) {
  return files::exists(RestoreMarker::path(options.data_directory)) &&
         !files::exists(options.data_directory + "/keyd/keyd.db") && !options.keyd_directory.empty();
}

// What says that it is ours goes last: a call that is cut off here leaves a folder that the next one knows.
Status remove_scratch(const std::string& path) {
  MIBUN_TRY(const auto names, files::list_directory(path));
  for (const std::string& name : names) {
    if (!name.starts_with(kOurs)) MIBUN_CHECK(remove_tree(path + "/" + name));
  }
  return remove_tree(path);
}

// Of a call that was cut off: it has our mark, or not yet, and then nothing else.
Result<bool> is_ours(const std::string& path) {
  if (files::exists(path + "/" + std::string(kOurs))) return true;
  MIBUN_TRY(const auto names, files::list_directory(path));
  return std::ranges::all_of(names, [](const std::string& name) { return name.starts_with(kOurs); });
}

// What a call that was cut off worked with, after the data was in place.
Status remove_left_scratch(const std::string& path) {
  if (!files::exists(path + "/" + std::string(kOurs))) return {};
  return remove_scratch(path);
}

Status make_scratch(const std::string& path) {
  if (files::exists(path)) {
    MIBUN_TRY(const bool ours, is_ours(path));
    if (!ours) return fail(ErrorCode::restore_target_not_empty, path, "something else lies where the restore works");
    MIBUN_CHECK(remove_scratch(path));
  }
  MIBUN_CHECK(files::make_private_directory(path));
  return files::write_new_file(path + "/" + std::string(kOurs), {});
}

Result<std::string> snapshot_of(const RestoreOptions& options, const restic::Repository& repository) {
  MIBUN_TRY(const auto catalogue, Catalogue::read({}, repository));
  const Listed* listed = catalogue.find(options.generation);
  if (listed == nullptr) {
    return fail(ErrorCode::backup_not_found, "generation " + std::to_string(options.generation),
                "not in the repository");
  }
  return listed->snapshot;
}

// Who must have signed. A public key that was kept outside of the repository says it; else the sealed key in the
// generation, which only the master key's owner can have made.
Result<crypto::PublicKey> signer_key(const RestoreOptions& options, const std::string& scratch, Rng& rng) {
  const std::string kept = options.keys_directory + "/backup.pub";
  if (files::exists(kept)) return read_public_key(kept);
  MIBUN_TRY(const SecretBytes master, read_master_key(options.keys_directory));
  const std::string keys = scratch + "/keys";
  MIBUN_CHECK(files::make_private_directory(keys));
  MIBUN_CHECK(files::write_new_file(keys + "/master.key", master.reveal()));
  MIBUN_TRY(const KeyDirectory directory, KeyDirectory::open(keys, rng));
  const auto sealed = files::read_file(scratch + "/" + std::string(kFolder) + "/data/keys/backup.key", 64 * 1024);
  auto opened = sealed ? directory.open_sealed("backup", *sealed) : Result<SecretBytes>(fail(ErrorCode::not_found));
  MIBUN_CHECK(files::erase_file(keys + "/master.key"));
  if (!opened) {
    return fail(ErrorCode::backup_integrity_error, "data/keys/backup.key", "this master key does not open it");
  }
  MIBUN_TRY(const auto key, crypto::P256PrivateKey::from_pkcs8(opened->reveal()));
  return key.verification_key();
}

// restic does not say when what it wrote is on disk.
Status sync_file_system(const std::string& path) {
  const files::Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::syncfs(directory.get()) != 0) return files::write_failure(path, "syncfs");
  return {};
}

Status place(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) {
      return fail(ErrorCode::restore_target_not_empty, to, "something was put there meanwhile");
    }
    if (errno == EXDEV) return fail(ErrorCode::io_error, from, "it must lie on the file system of the data directory");
    return files::write_failure(to, "rename");
  }
  return files::sync_directory(files::parent_directory(to));
}

Status move_keys(const RestoreOptions& options) {
  if (options.keyd_directory.empty()) return {};
  MIBUN_CHECK(give_signing_table(options));
  const std::string memory = keyd::memory_beside(options.keyd_directory);
  const std::string to = keyd::memory_beside(options.data_directory + "/keyd");
  const std::string signing = keyd::signing_memory(memory);
  // What remembers a table that is left out would let no other begin.
  const bool has_table = files::exists(options.keyd_directory + "/" + std::string(kSigningFile));
  if (has_table && files::exists(signing)) MIBUN_CHECK(place(signing, keyd::signing_memory(to)));
  if (files::exists(memory)) MIBUN_CHECK(place(memory, to));
  return place(options.keyd_directory, options.data_directory + "/keyd");
}

Result<Manifest> fetch_and_verify(const RestoreOptions& options, const std::string& scratch, Rng& rng,
                                  const RestoreProgress& progress) {
  const restic::Repository repository(options.repository);
  progress(RestoreStep::fetching);
  MIBUN_TRY(const std::string snapshot, snapshot_of(options, repository));
  MIBUN_CHECK(repository.restore(snapshot, scratch));
  progress(RestoreStep::verifying);
  MIBUN_TRY(const crypto::PublicKey key, signer_key(options, scratch, rng));
  MIBUN_TRY(Manifest manifest, verify_tree(scratch + "/" + std::string(kFolder), key));
  if (manifest.generation != options.generation) {
    return fail(ErrorCode::backup_integrity_error, std::string(kManifestFile), "it is another generation's");
  }
  return manifest;
}

}  // namespace

Status complete_restored_data(const std::string& data_directory, const std::string& keys_directory,
                              std::string_view journal, const RestoreMarker& marker) {
  MIBUN_TRY(const SecretBytes master, read_master_key(keys_directory));
  MIBUN_CHECK(files::make_private_directory(data_directory + "/keys"));
  MIBUN_CHECK(files::write_new_file(data_directory + "/keys/master.key", master.reveal()));
  MIBUN_CHECK(files::make_private_directory(data_directory + "/journal"));
  MIBUN_CHECK(files::write_new_file(data_directory + "/journal/" + std::string(Journal::kFile), as_bytes(journal)));
  return files::write_new_file(RestoreMarker::path(data_directory), as_bytes(marker.to_json()));
}

Result<Manifest> restore(const RestoreOptions& options, Rng& rng, const RestoreProgress& progress) {
  if (options.journal_folders.empty() != options.without_journal) {
    return fail(ErrorCode::invalid_argument, "journal", "give its folders, or say that there is none");
  }
  std::string journal;
  if (!options.without_journal) {
    MIBUN_TRY(journal, Journal::text_of(options.journal_folders));
  }
  const std::string scratch = options.data_directory + ".restoring";
  if (waits_for_keys(options)) {
    MIBUN_CHECK(move_keys(options));
    MIBUN_CHECK(remove_left_scratch(scratch));
    progress(RestoreStep::settling);
    return Manifest{.generation = options.generation};
  }
  MIBUN_TRY(const bool empty, is_empty(options.data_directory));
  if (!empty) MIBUN_CHECK(remove_left_scratch(scratch));
  if (!empty) return fail(ErrorCode::restore_target_not_empty, options.data_directory, "there is something in it");
  MIBUN_CHECK(read_master_key(options.keys_directory));
  if (!options.log_folders.empty() && !files::exists(options.keys_directory + "/log.key")) {
    return fail(ErrorCode::not_found, options.keys_directory + "/log.key",
                "the log goes on with its key or not at all");
  }
  MIBUN_CHECK(make_scratch(scratch));
  auto manifest = fetch_and_verify(options, scratch, rng, progress);
  if (!manifest) {
    MIBUN_CHECK(remove_scratch(scratch));
    return manifest;
  }
  progress(RestoreStep::preparing);
  const std::string data = scratch + "/" + std::string(kFolder) + "/data";
  MIBUN_CHECK(complete_restored_data(data, options.keys_directory, journal,
                                     {manifest->generation, manifest->made_at, options.without_journal}));
  MIBUN_CHECK(KeptFiles::copy(options.journal_folders, data + "/journal"));
  MIBUN_CHECK(prepare_signing_table(options, data));
  MIBUN_CHECK(bring_log({options.log_folders, options.keys_directory}, data));
  MIBUN_CHECK(sync_file_system(data));
  progress(RestoreStep::placing);
  MIBUN_CHECK(place(data, options.data_directory));
  progress(RestoreStep::placed);
  MIBUN_CHECK(move_keys(options));
  MIBUN_CHECK(remove_scratch(scratch));
  progress(RestoreStep::settling);
  return manifest;
}

}  // namespace mibun::server::backup
