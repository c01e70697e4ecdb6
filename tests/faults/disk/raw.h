#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

// The system calls themselves, past the functions that this library stands in front of.
namespace mibun::faults::raw {

inline int open(const char* path, int flags, unsigned mode = 0) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
inline int close(int fd) {
  return static_cast<int>(::syscall(SYS_close, fd));
}
inline long write(int fd, const void* data, std::size_t size) {
  return ::syscall(SYS_write, fd, data, size);
}
inline long pwrite(int fd, const void* data, std::size_t size, long offset) {
  return ::syscall(SYS_pwrite64, fd, data, size, offset);
}
inline int truncate(int fd, long size) {
  return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
inline int sync(int fd) {
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
inline int rename(const char* from, const char* to) {
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
inline int link(const char* from, const char* to) {
  return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}
inline int unlink(const char* path) {
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
inline int remove_folder(const char* path) {
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
}
inline int mkdir(const char* path, unsigned mode) {
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
inline bool exists(const std::string& path) {
  return !path.empty() && ::syscall(SYS_faccessat, AT_FDCWD, path.c_str(), 0) == 0;
}
inline long size(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? status.st_size : 0;
}
// What a file has in [offset, offset + size), as far as it reaches.
inline std::vector<std::uint8_t> read(int fd, long offset, long size) {
  std::vector<std::uint8_t> bytes(size < 0 ? 0 : static_cast<std::size_t>(size));
  const long got = bytes.empty() ? 0 : ::syscall(SYS_pread64, fd, bytes.data(), bytes.size(), offset);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}
// The path of an open file; empty when there is none.
inline std::string path_of(int fd) {
  char buffer[4096];
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), buffer, sizeof buffer);
  return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
}

}  // namespace mibun::faults::raw
