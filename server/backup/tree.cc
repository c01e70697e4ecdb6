#include "server/backup/tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "core/tlog/compact_range.h"
#include "platform/files/descriptor.h"
#include "platform/files/files.h"

namespace mibun::server::backup {
namespace {

constexpr std::size_t kPiece = 1024 * 1024;
constexpr std::size_t kManifestBytesMax = 2 * 1024 * 1024;
constexpr std::size_t kListBytesMax = 1024UL * 1024 * 1024;

Result<std::size_t> read_piece(int fd, std::span<std::uint8_t> out, const std::string& path) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(fd, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return files::write_failure(path, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

std::unexpected<Error> wrong(std::string where, std::string detail) {
  return fail(ErrorCode::backup_integrity_error, std::move(where), std::move(detail));
}

Status check_files(const std::string& folder, const Manifest& manifest) {
  auto there = files_below(folder);
  if (!there) return wrong(there.error().where, there.error().detail);
  std::erase_if(*there, [](const std::string& path) { return path == kManifestFile || path == kFileList; });
  for (std::size_t i = 0; i < std::max(there->size(), manifest.files.size()); ++i) {
    if (i >= there->size()) return wrong(manifest.files[i].path, "the file is missing");
    if (i >= manifest.files.size()) return wrong((*there)[i], "the file is not part of this generation");
    if ((*there)[i] < manifest.files[i].path) return wrong((*there)[i], "the file is not part of this generation");
    if ((*there)[i] > manifest.files[i].path) return wrong(manifest.files[i].path, "the file is missing");
  }
  for (const FileDigest& file : manifest.files) {
    MIBUN_TRY(const FileDigest found, digest_file(folder + "/" + file.path, file.path));
    if (found != file) return wrong(file.path, "the file is not as it was");
  }
  return {};
}

Status check_tables(const std::string& folder, const Manifest& manifest) {
  const auto contents = database::read_contents(folder + "/data/mibun.db");
  if (!contents) return wrong("data/mibun.db", "the database cannot be read: " + contents.error().detail);
  if (*contents == manifest.database) return {};
  for (std::size_t i = 0; i < std::min(contents->tables.size(), manifest.database.tables.size()); ++i) {
    if (contents->tables[i] != manifest.database.tables[i]) {
      return wrong("data/mibun.db", "table " + contents->tables[i].name + " is not as it was");
    }
  }
  return wrong("data/mibun.db", "it has other tables than it had");
}

}  // namespace

Result<FileDigest> digest_file(const std::string& file, std::string path) {
  const files::Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!open.valid()) return files::write_failure(file, "open");
  FileDigest digest{.path = std::move(path)};
  tlog::CompactRange range;
  Bytes piece(kPiece);
  for (;;) {
    MIBUN_TRY(const std::size_t got, read_piece(open.get(), piece, file));
    if (got > 0) range.append(tlog::leaf_hash(BytesView(piece).first(got)));
    digest.bytes += got;
    if (got < piece.size()) break;
  }
  digest.root = range.root();
  return digest;
}

Result<std::vector<std::string>> files_below(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::file_status status = at->symlink_status(failed);
    if (failed) break;
    if (fs::is_directory(status)) continue;
    const std::string path = at->path().lexically_relative(folder).string();
    if (!fs::is_regular_file(status)) return fail(ErrorCode::io_error, path, "neither a file nor a folder");
    if (path.find('\n') != std::string::npos) return fail(ErrorCode::io_error, folder, "a name with a line feed");
    paths.push_back(path);
  }
  if (failed) return fail(ErrorCode::io_error, folder, "the folder cannot be read");
  std::ranges::sort(paths);
  return paths;
}

Status make_folders(const std::string& path, const std::string& top) {
  if (path != top) MIBUN_CHECK(make_folders(files::parent_directory(path), top));
  return files::make_private_directory(path);
}

Status remove_tree(const std::string& folder) {
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
  if (failed) return fail(ErrorCode::io_error, folder, "the folder cannot be removed");
  return {};
}

Result<Manifest> verify_tree(const std::string& folder, const crypto::PublicKey& key) {
  const auto jws = files::read_file(folder + "/" + std::string(kManifestFile), kManifestBytesMax);
  if (!jws) return wrong(std::string(kManifestFile), "the manifest is missing");
  const auto list = files::read_file(folder + "/" + std::string(kFileList), kListBytesMax);
  if (!list) return wrong(std::string(kFileList), "the list of files is missing");
  MIBUN_TRY(Manifest manifest, read_manifest(as_text(*jws), as_text(*list), key));
  MIBUN_CHECK(check_files(folder, manifest));
  MIBUN_CHECK(check_tables(folder, manifest));
  return manifest;
}

}  // namespace mibun::server::backup
