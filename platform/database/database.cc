#include "platform/database/database.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "platform/database/backup_gate.h"
#include "platform/database/connection.h"
#include "platform/database/migrations.h"
#include "platform/database/reader_pool.h"
#include "platform/database/writer.h"
#include "platform/files/files.h"

namespace mibun::database {
namespace {

// "<path>.lock", held while the database is open. SQLite itself would let a second process in.
class Lock {
 public:
  static Result<Lock> take(const std::string& database_path) {
    const std::string path = database_path + ".lock";
    Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (lock.fd_ < 0) return fail(ErrorCode::io_error, path, "the lock file cannot be made");
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::io_error, database_path, "another process has this database open; stop it first");
    }
    return fail(ErrorCode::io_error, path, "the lock file cannot be locked");
  }
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

// SQLite gives "-wal" and "-shm" the mode of the database file, so that one is made first.
Status make_private_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(ErrorCode::io_error, path, "the database file cannot be opened or made");
  struct stat status{};
  const bool is_private = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
                          ((status.st_mode & 07777) == 0600 || ::fchmod(fd, 0600) == 0);
  ::close(fd);
  if (!is_private) return fail(ErrorCode::io_error, path, "the database must be a file that we may make private");
  return files::sync_directory(files::parent_directory(path));
}

// What an earlier opening left in the WAL may never have reached the disk. After a failed fsync the kernel takes those
// pages for clean: no later fsync writes them, and a power loss leaves a hole in front of whatever was acknowledged
// since. Moving them into the database writes them anew.
Status move_what_was_left(Connection& writer) {
  MIBUN_TRY(const auto moved, writer.control("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (moved.size() == 1 && moved.front().integer(0) == 0) return {};
  return fail(ErrorCode::database_busy, "open", "the write-ahead log is in use by somebody else");
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(Lock lock, std::unique_ptr<Connection> writer, std::unique_ptr<Connection> mover, std::string path)
      : lock_(std::move(lock)),
        path_(path),
        writer_(std::move(writer), std::move(mover), StorageWatch(path)),
        readers_(std::move(path)) {}
  ~SqliteDatabase() override { writer_.drain(); }  // while the readers are still there: a unit of work may read

  Status write(const std::function<Status(Transaction&)>& work) override { return writer_.run(work); }
  Status read(const std::function<Status(Transaction&)>& work) override { return readers_.run(work); }
  Status checkpoint() override {
    // Here and not on the writer's thread: only who wants a checkpoint waits for a copy that is being made.
    MIBUN_TRY(const BackupGate gate, BackupGate::checkpointing(path_));
    return writer_.checkpoint();
  }
  Writing writing() const override { return writer_.writing(); }

 private:
  Lock lock_;  // first: let go when every connection is closed
  const std::string path_;
  Writer writer_;
  ReaderPool readers_;
};

}  // namespace

bool Row::is_null(std::size_t column) const {
  MIBUN_INVARIANT(column < values_.size());
  return std::holds_alternative<std::monostate>(values_[column]);
}

std::int64_t Row::integer(std::size_t column) const {
  if (is_null(column)) return 0;
  const auto* number = std::get_if<std::int64_t>(&values_[column]);
  MIBUN_INVARIANT(number != nullptr);
  return *number;
}

const std::string& Row::text(std::size_t column) const {
  static const std::string none;
  if (is_null(column)) return none;
  const auto* text = std::get_if<std::string>(&values_[column]);
  MIBUN_INVARIANT(text != nullptr);
  return *text;
}

const Bytes& Row::blob(std::size_t column) const {
  static const Bytes none;
  if (is_null(column)) return none;
  const auto* bytes = std::get_if<Bytes>(&values_[column]);
  MIBUN_INVARIANT(bytes != nullptr);
  return *bytes;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, std::span<const Migration> migrations) {
  MIBUN_TRY(Lock lock, Lock::take(path));
  MIBUN_CHECK(make_private_file(path));
  MIBUN_TRY(std::unique_ptr<Connection> writer, Connection::open(path, Access::write));
  MIBUN_CHECK(move_what_was_left(*writer));
  MIBUN_CHECK(migrate(*writer, migrations));
  MIBUN_TRY(std::unique_ptr<Connection> mover, Connection::open(path, Access::write));
  // SQLite makes the WAL's name durable too, but does not look whether that worked.
  MIBUN_CHECK(files::sync_directory(files::parent_directory(path)));
  return std::make_unique<SqliteDatabase>(std::move(lock), std::move(writer), std::move(mover), path);
}

}  // namespace mibun::database
