#include "server/backup/staging.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "platform/files/files.h"
#include "server/backup/tree.h"

namespace mibun::server::backup {
namespace {

constexpr std::size_t kKeyFileBytesMax = 64 * 1024;
constexpr std::size_t kCheckpointBytesMax = 128 * 1024;
// What lies in the data directory and never comes from a generation.
constexpr std::array<std::string_view, 9> kTaken{"mibun.db", "keys",   "keyd",          "journal",     "log",
                                                 "log-tree", "backup", "restored.json", kSigningFolder};
// The key of the log of operations stays with its memory: a copy of it that knows no longer how far the log went would
// sign a second one.
constexpr std::string_view kLogKey = "log";

// A second name for the same bytes where the file system allows it: staging gigabytes of files then costs nothing.
Status link_or_copy(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  std::error_code failed;
  std::filesystem::copy_file(from, to, failed);
  if (failed) return fail(ErrorCode::io_error, from, "cannot be copied");
  return {};
}

Status stage_keys(const KeyDirectory& keys, const std::string& from, const std::string& to) {
  MIBUN_TRY(const auto names, files::list_directory(from));
  MIBUN_CHECK(files::make_private_directory(to));
  for (const std::string& name : names) {
    const std::string suffix = std::filesystem::path(name).extension();
    const std::string stem = std::filesystem::path(name).stem();
    if (stem == kLogKey) continue;
    if (suffix != ".pem" && suffix != ".crt" && suffix != ".pub" && suffix != ".key") continue;
    MIBUN_TRY(const Bytes content, files::read_file(from + "/" + name, kKeyFileBytesMax));
    // Whatever does not open under the master key is not sealed by it: the master key itself for one, or a key that
    // somebody put there in clear.
    if (suffix == ".key" && !keys.open_sealed(stem, content)) continue;
    MIBUN_CHECK(files::write_new_file(to + "/" + name, content));
  }
  return {};
}

// What cannot be read as a table here would not open at a restore, either.
Status stage_signing_table(const Sources& sources, const std::string& data) {
  if (!sources.signing_table) return {};
  MIBUN_TRY(const auto table, sources.signing_table());
  if (!table) return {};
  const std::string path = data + "/" + std::string(kSigningFile);
  MIBUN_CHECK(files::make_private_directory(data + "/" + std::string(kSigningFolder)));
  MIBUN_CHECK(files::write_new_file(path, *table, files::kPrivateFile));
  MIBUN_CHECK(database::read_contents(path));
  return {};
}

// To `name` below `data`.
Status stage_folder(const std::string& from, const std::string& data, const std::string& name) {
  const std::string to = data + "/" + name;
  MIBUN_TRY(const auto paths, files_below(from));
  for (const std::string& path : paths) {
    MIBUN_CHECK(make_folders(files::parent_directory(to + "/" + path), data));
    // A file that a store removed meanwhile is no part of this moment.
    if (!files::exists(from + "/" + path)) continue;
    MIBUN_CHECK(link_or_copy(from + "/" + path, to + "/" + path));
  }
  return {};
}

Result<std::string> read_checkpoint(const std::string& file) {
  if (file.empty()) return std::string();
  MIBUN_TRY(const Bytes text, files::read_file(file, kCheckpointBytesMax));
  return std::string(as_text(text));
}

}  // namespace

Result<std::string> stage(const Sources& sources, const Stamp& stamp, const KeyDirectory& keys,
                          const crypto::Signer& signer, const std::string& folder) {
  const std::string data = folder + "/data";
  MIBUN_CHECK(files::make_private_directory(folder));
  MIBUN_CHECK(files::make_private_directory(data));
  Manifest manifest{.generation = stamp.generation, .made_at = stamp.made_at, .origin = sources.origin};
  manifest.journal = stamp.journal;
  manifest.previous = stamp.previous;
  // Before the database: what the log says then is in it, and what came after is still in the log.
  MIBUN_TRY(manifest.log_checkpoint, read_checkpoint(sources.log_checkpoint_file));
  MIBUN_CHECK(database::copy_database(sources.data_directory + "/mibun.db", data + "/mibun.db"));
  // After the database: a file that a row points to is there; one that is too many does no harm.
  for (const auto& [name, from] : sources.file_folders) {
    if (!is_inside(name) || std::ranges::find(kTaken, name.substr(0, name.find('/'))) != kTaken.end()) {
      return fail(ErrorCode::invalid_argument, name, "a folder of a backup cannot be called so");
    }
    MIBUN_CHECK(stage_folder(from, data, name));
  }
  const std::string files = sources.data_directory + "/files";
  if (files::exists(files)) MIBUN_CHECK(stage_folder(files, data, "files"));
  MIBUN_CHECK(stage_keys(keys, sources.data_directory + "/keys", data + "/keys"));
  MIBUN_CHECK(stage_signing_table(sources, data));
  MIBUN_TRY(manifest.database, database::read_contents(data + "/mibun.db"));
  MIBUN_TRY(const auto paths, files_below(folder));
  for (const std::string& path : paths) {
    MIBUN_TRY(manifest.files.emplace_back(), digest_file(folder + "/" + path, path));
  }
  MIBUN_TRY(std::string text, sign_manifest(manifest, signer));
  MIBUN_CHECK(files::write_new_file(folder + "/" + std::string(kManifestFile), as_bytes(text)));
  MIBUN_CHECK(files::write_new_file(folder + "/" + std::string(kFileList), as_bytes(file_list(manifest.files))));
  return text;
}

}  // namespace mibun::server::backup
