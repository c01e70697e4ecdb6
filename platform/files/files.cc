#include "platform/files/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "platform/files/descriptor.h"

namespace mibun::files {
namespace {

std::string error_text(int error) {
  std::array<char, 128> buffer{};
  return ::strerror_r(error, buffer.data(), buffer.size());
}

std::unexpected<Error> io_failure(const std::string& path, const char* what) {
  const int error = errno;
  const ErrorCode code = error == ENOENT ? ErrorCode::not_found : ErrorCode::io_error;
  return fail(code, path, std::string(what) + ": " + error_text(error));
}

// Fills `out` from the start; returns how much the file had.
Result<std::size_t> read_up_to(int fd, std::span<std::uint8_t> out, const std::string& path) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(fd, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failure(path, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

// Reads into one buffer that never grows, so that no half-read copy of a key is left behind.
Status read_into(const std::string& path, std::size_t bytes_max, Bytes& out) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not block
  if (!file.valid()) return io_failure(path, "open");
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return io_failure(path, "fstat");
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::io_error, path, "not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > bytes_max) return fail(ErrorCode::io_error, path, "larger than allowed");
  out.resize(size + 1);  // one more, to notice that the file grew meanwhile
  MIBUN_TRY(const std::size_t got, read_up_to(file.get(), out, path));
  if (got > size) return fail(ErrorCode::io_error, path, "grew while it was read");
  out.resize(got);
  return {};
}

// A durable temporary file beside `path`; its name.
Result<std::string> write_temporary(const std::string& path, BytesView bytes, unsigned mode) {
  std::string name = path + ".tmp.XXXXXX";
  const Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.valid()) return write_failure(path, "create beside it");
  Status written = write_all(file.get(), bytes, path);
  if (written && ::fchmod(file.get(), mode) != 0) written = write_failure(path, "fchmod");
  if (written && ::fsync(file.get()) != 0) written = write_failure(path, "fsync");
  if (!written) {
    ::unlink(name.c_str());
    return pass_error(written);
  }
  return name;
}

// This user's, and 0700: an empty one becomes so.
Status check_private_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return write_failure(path, "open");
  struct stat status{};
  if (::fstat(directory.get(), &status) != 0) return write_failure(path, "fstat");
  if (status.st_uid != ::geteuid()) return fail(ErrorCode::io_error, path, "belongs to another user");
  if ((status.st_mode & 07777) == 0700) return {};
  MIBUN_TRY(const auto names, list_directory(path));
  if (!names.empty())
    return fail(ErrorCode::io_error, path, "is open to others and not empty: make it 0700 or choose another");
  if (::fchmod(directory.get(), 0700) != 0) return write_failure(path, "fchmod");
  return {};
}

}  // namespace

std::unexpected<Error> write_failure(const std::string& path, const char* what) {
  return fail(ErrorCode::io_error, path, std::string(what) + ": " + error_text(errno));
}

Status write_all(int fd, BytesView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return write_failure(path, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) {
  Bytes bytes;
  MIBUN_CHECK(read_into(path, bytes_max, bytes));
  return bytes;
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t bytes_max) {
  Bytes bytes;
  const Status read = read_into(path, bytes_max, bytes);
  SecretBytes secret = SecretBytes::take(std::move(bytes));  // wiped on the way out, whatever happened
  if (!read) return std::unexpected<Error>(read.error());
  return secret;
}

bool same_file(const std::string& one, const std::string& other) {
  struct stat first{}, second{};
  return ::lstat(one.c_str(), &first) == 0 && ::lstat(other.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

Status write_file_atomic(const std::string& path, BytesView bytes, unsigned mode) {
  MIBUN_TRY(const std::string temporary, write_temporary(path, bytes, mode));
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const auto error = write_failure(path, "rename");
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_directory(parent_directory(path));
}

Status write_new_file(const std::string& path, BytesView bytes, unsigned mode) {
  MIBUN_TRY(const std::string temporary, write_temporary(path, bytes, mode));
  // link() refuses an existing name, also a dangling symbolic link: rename() would replace it.
  const bool linked = ::link(temporary.c_str(), path.c_str()) == 0;
  const auto error = write_failure(path, "create");
  ::unlink(temporary.c_str());
  if (!linked) return error;
  return sync_directory(parent_directory(path));
}

Status make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return write_failure(path, "mkdir");
  MIBUN_CHECK(check_private_directory(path));
  // Also of one that is there: whoever made it may have been cut off before its name was durable. Where the parent may
  // not be read the directory is not ours to have made.
  const std::string parent = parent_directory(path);
  return ::access(parent.c_str(), R_OK) == 0 ? sync_directory(parent) : Status();
}

Status erase_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) {
    if (errno == ENOENT) return {};
    return write_failure(path, "open");
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return write_failure(path, "fstat");
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::io_error, path, "not a regular file");
  const std::array<std::uint8_t, 4096> zeros{};
  for (auto left = static_cast<std::size_t>(status.st_size); left > 0;) {
    const std::size_t chunk = std::min(left, zeros.size());
    MIBUN_CHECK(write_all(file.get(), BytesView(zeros).first(chunk), path));
    left -= chunk;
  }
  if (::fsync(file.get()) != 0) return write_failure(path, "fsync");
  if (::unlink(path.c_str()) != 0) return write_failure(path, "unlink");
  return sync_directory(parent_directory(path));
}

Status remove_name(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return write_failure(path, "unlink");
  return sync_directory(parent_directory(path));
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const auto close = [](DIR* open) { ::closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> directory(::opendir(path.c_str()), close);
  if (!directory) return io_failure(path, "open");
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {  // readdir is safe: no other thread has this stream
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return io_failure(path, "list");
  std::ranges::sort(names);
  return names;
}

std::string parent_directory(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return write_failure(path, "open");
  if (::fsync(directory.get()) != 0) return write_failure(path, "fsync");
  return {};
}

}  // namespace mibun::files
