#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/tlog/tile.h"
#include "platform/files/descriptor.h"

namespace mibun::log_tree {

// A folder, with each step to durability by itself, so that a log decides their order and a test can stop between any
// two. Paths are relative, with "/" between names; "" is the folder itself.
class Storage {
 public:
  virtual ~Storage() = default;
  // Errors: not_found, io_error (also larger than `bytes_max`).
  virtual Result<Bytes> read(const std::string& path, std::size_t bytes_max) = 0;
  // Replaces the content; makes missing folders. Not durable. Errors: io_error.
  virtual Status write(const std::string& path, BytesView bytes) = 0;
  // Puts the bytes behind the content; makes the file and missing folders, but not a file that was appended to just
  // before and has gone: what stood in it would be missing. Not durable. Errors: io_error; how much of it is there then
  // is unknown.
  virtual Status append(const std::string& path, BytesView bytes) = 0;
  // Asks the disk to begin with what sync() will wait for, so that several disks work at the same time. Saves time and
  // promises nothing: what goes wrong is told by sync().
  virtual void begin_sync(const std::string& /*path*/) {}
  // Makes a file's content durable. Errors: io_error; what is on the disk then is unknown, and trying again would lie.
  virtual Status sync(const std::string& path) = 0;
  // Makes the names in a folder durable. Errors: io_error.
  virtual Status sync_folder(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  // A missing file is no error.
  virtual Status remove(const std::string& path) = 0;
  // The names in a folder, sorted; none when it is missing. A folder's name ends with "/".
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
};

// A folder on a disk. Made (0700) when missing; files are 0600: what the public sees of a log goes through a server.
// It stays the folder that it was: whoever removes it, or mounts something over it, gets an error for the next change,
// and not a new folder that lacks what was written before.
class DirectoryStorage final : public Storage {
 public:
  // Errors: io_error (another user's, open to others and not empty).
  static Result<std::unique_ptr<DirectoryStorage>> open(std::string path);
  // An existing folder, whosever it is, to read from; it takes no changes.
  static std::unique_ptr<DirectoryStorage> reading(std::string path);

  Result<Bytes> read(const std::string& path, std::size_t bytes_max) override;
  Status write(const std::string& path, BytesView bytes) override;
  Status append(const std::string& path, BytesView bytes) override;
  void begin_sync(const std::string& path) override;
  Status sync(const std::string& path) override;
  Status sync_folder(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;

 private:
  DirectoryStorage(std::string path, int folder) : root_(std::move(path)), folder_(folder) {}
  std::string full(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }
  Status check_folder() const;
  Result<int> open_to_write(const std::string& path, int how);
  bool was_appended_to(const std::string& path);
  int take_appended(const std::string& path);
  std::string root_;
  files::Descriptor folder_;  // held, so that no other folder gets its number; none: only to read from
  // What was appended to last, open until it is synced: a journal does one after the other for each of its commits.
  std::mutex mutex_;
  std::string appended_;
  std::unique_ptr<files::Descriptor> open_;
};

// Keeps a second process away from a folder for as long as it lives.
class FolderLock {
 public:
  // Takes the lock file "<path>/lock". Errors: unavailable (another has it), io_error.
  static Result<FolderLock> take(const std::string& path);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Replaces a small file so that a reader, also after a crash, sees the old content or the new one: "<path>.new", sync,
// rename, sync of the folder. Errors: io_error.
Status replace_file(Storage& storage, const std::string& path, std::string_view content);

// The tiles of a log in a folder.
class StorageTiles final : public tlog::TileSource {
 public:
  explicit StorageTiles(Storage& storage) : storage_(storage) {}
  Result<Bytes> read(const tlog::TileId& id) override;

 private:
  Storage& storage_;
};

inline constexpr const char* kCheckpointFile = "checkpoint";
// In the memory of a log's key.
inline constexpr const char* kSignedFile = "signed";      // the last checkpoint that it signed
inline constexpr const char* kMarkFile = "acknowledged";  // JournalMark; missing as long as all sinks worked

}  // namespace mibun::log_tree
