#include "platform/log_tree/storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "platform/files/descriptor.h"
#include "platform/files/files.h"

namespace mibun::log_tree {
namespace {

using files::Descriptor;
using files::write_failure;

Status make_folders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return write_failure(folder, "mkdir");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<DirectoryStorage>> DirectoryStorage::open(std::string path) {
  MIBUN_CHECK(files::make_private_directory(path));
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return write_failure(path, "open");
  return std::unique_ptr<DirectoryStorage>(new DirectoryStorage(std::move(path), folder));
}

std::unique_ptr<DirectoryStorage> DirectoryStorage::reading(std::string path) {
  return std::unique_ptr<DirectoryStorage>(new DirectoryStorage(std::move(path), -1));
}

Status DirectoryStorage::check_folder() const {
  struct stat held{}, there{};
  if (folder_.get() < 0) return fail(ErrorCode::io_error, root_, "is only read from here");
  if (::fstat(folder_.get(), &held) != 0 || ::stat(root_.c_str(), &there) != 0) return write_failure(root_, "stat");
  if (held.st_dev == there.st_dev && held.st_ino == there.st_ino) return {};
  return fail(ErrorCode::io_error, root_, "another folder is there than was opened");
}

Result<Bytes> DirectoryStorage::read(const std::string& path, std::size_t bytes_max) {
  return files::read_file(full(path), bytes_max);
}

Status DirectoryStorage::write(const std::string& path, BytesView bytes) {
  MIBUN_TRY(const int opened, open_to_write(path, O_CREAT | O_TRUNC));
  const Descriptor file(opened);
  return files::write_all(file.get(), bytes, full(path));
}

Status DirectoryStorage::append(const std::string& path, BytesView bytes) {
  MIBUN_TRY(const int opened, open_to_write(path, was_appended_to(path) ? O_APPEND : O_CREAT | O_APPEND));
  auto file = std::make_unique<Descriptor>(opened);
  MIBUN_CHECK(files::write_all(file->get(), bytes, full(path)));
  const std::lock_guard lock(mutex_);
  appended_ = path;
  open_ = std::move(file);
  return {};
}

void DirectoryStorage::begin_sync(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (open_ && appended_ == path) static_cast<void>(::sync_file_range(open_->get(), 0, 0, SYNC_FILE_RANGE_WRITE));
}

bool DirectoryStorage::was_appended_to(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return path == appended_;
}

// The caller's to close.
Result<int> DirectoryStorage::open_to_write(const std::string& path, int how) {
  MIBUN_CHECK(check_folder());
  const std::string target = full(path);
  const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | how;
  int opened = ::open(target.c_str(), flags, 0600);
  if (opened < 0 && errno == ENOENT && (how & O_CREAT) != 0) {
    MIBUN_CHECK(make_folders(target));
    opened = ::open(target.c_str(), flags, 0600);
  }
  if (opened < 0) return write_failure(target, "open");
  return opened;
}

// The caller's to close; -1 when it is not the file that was appended to last.
int DirectoryStorage::take_appended(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!open_ || appended_ != path) return -1;
  return std::exchange(open_, nullptr)->release();
}

Status DirectoryStorage::sync(const std::string& path) {
  int opened = take_appended(path);
  if (opened < 0) opened = ::open(full(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  const Descriptor file(opened);
  if (file.get() < 0) return write_failure(full(path), "open");
  // The content and its size; nobody asks when it was changed.
  if (::fdatasync(file.get()) != 0) return write_failure(full(path), "fdatasync");
  return {};
}

Status DirectoryStorage::sync_folder(const std::string& path) {
  return files::sync_directory(full(path));
}

Status DirectoryStorage::rename(const std::string& from, const std::string& to) {
  MIBUN_CHECK(check_folder());
  if (::rename(full(from).c_str(), full(to).c_str()) != 0) return write_failure(full(to), "rename");
  return {};
}

Status DirectoryStorage::remove(const std::string& path) {
  MIBUN_CHECK(check_folder());
  if (::unlink(full(path).c_str()) != 0 && errno != ENOENT) return write_failure(full(path), "unlink");
  return {};
}

Result<std::vector<std::string>> DirectoryStorage::list(const std::string& path) {
  auto names = files::list_directory(full(path));
  if (!names) {
    if (names.error().code == ErrorCode::not_found) return std::vector<std::string>();
    return pass_error(names);
  }
  for (std::string& name : *names) {
    struct stat status{};
    if (::lstat((full(path) + "/" + name).c_str(), &status) != 0)
      return write_failure(full(path) + "/" + name, "lstat");
    if (S_ISDIR(status.st_mode)) name += "/";
  }
  return std::move(*names);
}

Result<FolderLock> FolderLock::take(const std::string& path) {
  const std::string file = path + "/lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return write_failure(file, "open");
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(ErrorCode::unavailable, path, "another process works with it");
    return write_failure(file, "flock");
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status replace_file(Storage& storage, const std::string& path, std::string_view content) {
  const std::string fresh = path + ".new";
  MIBUN_CHECK(storage.write(fresh, as_bytes(content)));
  MIBUN_CHECK(storage.sync(fresh));
  MIBUN_CHECK(storage.rename(fresh, path));
  // The folders' own names too: one that was just made would vanish with the file in it.
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
    MIBUN_CHECK(storage.sync_folder(path.substr(0, slash)));
    if (slash == 0) break;
  }
  return storage.sync_folder("");
}

Result<Bytes> StorageTiles::read(const tlog::TileId& id) {
  return storage_.read(id.path(), id.level ? tlog::kTileBytesMax : tlog::kBundleBytesMax);
}

}  // namespace mibun::log_tree
