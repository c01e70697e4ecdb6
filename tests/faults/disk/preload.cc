// The functions of the C library that write, in front of the real ones: LD_PRELOAD puts them there. The disk decides.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "tests/faults/disk/disk.h"

using mibun::faults::Disk;

namespace {

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int with_room(const char* path, struct statvfs* out, const char* name) {
  using Function = int (*)(const char*, struct statvfs*);
  const int done = real<Function>(name)(path, out);
  if (done == 0 && Disk::one().is_full()) out->f_bavail = out->f_bfree = 0;
  return done;
}

__attribute__((destructor)) void end() {
  Disk::one().end();
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return Disk::one().open(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return Disk::one().open(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return Disk::one().open(folder, path, flags, mode);
}
// The real one finds a free name; it opens past this library, so that the file is adopted afterwards.
int mkostemp(char* name, int flags) {
  using Function = int (*)(char*, int);
  return Disk::one().made_by_name(real<Function>("mkostemp")(name, flags));
}
int mkostemp64(char* name, int flags) {
  return mkostemp(name, flags);
}
int close(int fd) {
  return Disk::one().close(fd);
}
ssize_t write(int fd, const void* data, size_t size) {
  return Disk::one().write(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return Disk::one().pwrite(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return Disk::one().pwrite(fd, data, size, offset);
}
int ftruncate(int fd, off_t size) noexcept {
  return Disk::one().truncate(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept {
  return Disk::one().truncate(fd, size);
}
int fsync(int fd) {
  return Disk::one().sync(fd, "fsync");
}
int fdatasync(int fd) {
  return Disk::one().sync(fd, "fdatasync");
}
int rename(const char* from, const char* to) noexcept {
  return Disk::one().rename(from, to);
}
int link(const char* from, const char* to) noexcept {
  return Disk::one().link(from, to);
}
int unlink(const char* path) noexcept {
  return Disk::one().unlink(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return Disk::one().mkdir(path, mode);
}
int statvfs(const char* path, struct statvfs* out) noexcept {
  return with_room(path, out, "statvfs");
}

}  // extern "C"
