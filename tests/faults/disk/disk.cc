#include "tests/faults/disk/disk.h"

#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <random>
#include <thread>

#include "tests/faults/disk/raw.h"

namespace mibun::faults {
namespace {

constexpr int kFirstOwnDescriptor = 400;  // out of the way of those that the program counts on

constexpr std::string_view kEvents = "/log/";  // the event log promises nothing

std::string absolute(const char* path) {
  if (path[0] == '/') return path;
  char here[4096];
  return ::getcwd(here, sizeof here) == nullptr ? std::string(path) : std::string(here) + "/" + path;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.ends_with(end);
}

}  // namespace

Disk::Disk(const Plan& plan) : plan_(plan), names_(plan.root + ".trash") {}

Disk& Disk::one() {
  static Disk* const disk = [] {
    auto* const made = new Disk(plan());  // never destroyed: files are written to the very end
    made->survive_fork();
    return made;
  }();
  return *disk;
}

namespace {

// While the program is loaded, in its one thread: a child that is made while another thread makes the disk would wait
// for that thread, which it does not have.
[[gnu::constructor]] void begin() {
  Disk::one();
}

}  // namespace

// Between fork and exec a child opens files, too: it must not find the lock held by a thread that it does not have, nor
// what the lock protects half changed. It makes its lock anew: a recursive one belongs to a thread, and that is another
// one in the child.
void Disk::survive_fork() {
  ::pthread_atfork([] { one().mutex_.lock(); }, [] { one().mutex_.unlock(); },
                   [] { new (&one().mutex_) std::recursive_mutex; });
}

bool Disk::is_ours(const std::string& path) const {
  return !off_ && !plan_.root.empty() && path.size() > plan_.root.size() && path.starts_with(plan_.root) &&
         path[plan_.root.size()] == '/' && !ends_with(path, "-shm") &&
         path.compare(plan_.root.size(), kEvents.size(), kEvents) != 0;
}

bool Disk::is_full() const {
  return raw::exists(plan_.full_while);
}

bool Disk::is_counted() const {
  return plan_.counted_while.empty() || raw::exists(plan_.counted_while);
}

// One call on our files; whether the disk refuses it. Does not come back when the plan says so.
bool Disk::fails(const char* call, const std::string& path, bool needs_room, bool changes) {
  if (is_counted()) {
    ++count_;
    if (!plan_.trace.empty()) trace(call, path);
    if (count_ == plan_.kill_at) end_at(call, path);
    if (count_ == plan_.off_at) {
      lose();
      end_at(call, path);
    }
    if (count_ == plan_.fail_at) {
      report(std::to_string(count_) + " " + call + " " + path);
      errno = plan_.fail_with;
      return true;
    }
  }
  if (changes && raw::exists(plan_.read_only_while)) {
    errno = EROFS;
    return true;
  }
  if (needs_room && is_full()) {
    errno = ENOSPC;
    return true;
  }
  return false;
}

void Disk::lose() {
  off_ = true;
  std::mt19937 random(plan_.seed);
  for (auto& [inode, content] : contents_) content->lose(random);
  names_.lose(random);
}

void Disk::end_at(const char* call, const std::string& path) {
  report(std::to_string(count_) + " " + call + " " + path);
  // Of the whole process; the only way to send it that the filter of the key service leaves open.
  ::syscall(SYS_tgkill, ::getpid(), ::gettid(), SIGKILL);
  for (;;) ::pause();
}

void Disk::end() {
  const std::lock_guard lock(mutex_);
  if (plan_.off_at > count_) {  // right after a proper end
    lose();
    report(std::to_string(count_) + " after the end");
  } else if (plan_.fail_at == 0 || plan_.fail_at > count_) {
    report(std::to_string(count_) + " end");
  }
}

void Disk::report(const std::string& what) const {
  if (plan_.report.empty()) return;
  const int fd = raw::open(plan_.report.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string line = what + "\n";
  raw::write(fd, line.data(), line.size());
  raw::close(fd);
}

// Kept open from the first on.
void Disk::trace(const char* call, const std::string& path) {
  if (trace_ < 0) {
    const int opened = raw::open(plan_.trace.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    trace_ = ::fcntl(opened, F_DUPFD_CLOEXEC, kFirstOwnDescriptor);
    raw::close(opened);
  }
  const std::string line = std::string(call) + " " + path + "\n";
  raw::write(trace_, line.data(), line.size());
}

std::shared_ptr<Content> Disk::content_of(int fd) {
  struct stat status{};
  if (!plan_.remembers() || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  auto& content = contents_[{status.st_dev, status.st_ino}];
  if (!content) {
    // Of its own, kept to the end: so the inode is not used again, and no lock of the program ends with it.
    const int opened = raw::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR | O_CLOEXEC);
    const int own = ::fcntl(opened, F_DUPFD_CLOEXEC, kFirstOwnDescriptor);
    raw::close(opened);
    content = std::make_shared<Content>(own);
  }
  return content;
}

int Disk::adopt(int fd, bool made) {
  if (fd < 0) return fd;
  open_.erase(fd);  // of a file that was closed past this library, as std::filesystem::copy_file does
  const std::string path = raw::path_of(fd);
  struct stat status{};
  const bool is_folder = ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  if (!is_ours(path) && !(is_folder && path == plan_.root)) return fd;
  open_[fd] = Open{path, is_folder, content_of(fd)};
  if (made && plan_.remembers()) names_.made(path);
  return fd;
}

int Disk::made_by_name(int fd) {
  const std::lock_guard lock(mutex_);
  if (fd < 0) return fd;
  const std::string path = raw::path_of(fd);
  if (is_ours(path) && fails("mkostemp", path, true)) {
    const int error = errno;
    raw::unlink(path.c_str());
    raw::close(fd);
    errno = error;
    return -1;
  }
  return adopt(fd, true);
}

int Disk::open(int folder, const char* path, int flags, mode_t mode) {
  const std::lock_guard lock(mutex_);
  const std::string name = absolute(path);
  const bool ours = folder == AT_FDCWD && is_ours(name);
  const bool makes = ours && (flags & O_CREAT) != 0 && !raw::exists(name);
  const bool empties = ours && (flags & O_TRUNC) != 0;
  const bool counts = ours && (makes || empties || !plan_.only_writes);
  if (counts && fails(makes ? "make" : "open", name, makes, makes || (flags & O_ACCMODE) != O_RDONLY)) return -1;
  if (ours && raw::exists(plan_.unreadable_while)) {
    errno = EIO;
    return -1;
  }
  if (empties && raw::exists(name)) {  // its old content must not go unseen
    const int existing = raw::open(path, O_RDWR | O_CLOEXEC);
    if (const auto content = existing < 0 ? nullptr : content_of(existing)) content->before_truncate(0);
    if (existing >= 0) raw::close(existing);
  }
  const int fd = static_cast<int>(::syscall(SYS_openat, folder, path, flags, mode));
  return adopt(fd, makes);
}

int Disk::close(int fd) {
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
  return raw::close(fd);
}

ssize_t Disk::write_at(const Open& open, int fd, const void* data, std::size_t size, off_t offset, bool positioned) {
  if (fails(positioned ? "pwrite" : "write", open.path, true)) return -1;
  if (open.content) open.content->before_write(offset, static_cast<long>(size));
  const ssize_t written = positioned ? raw::pwrite(fd, data, size, offset) : raw::write(fd, data, size);
  if (open.content && written < 0) open.content->forget_last();
  if (open.content && written >= 0) open.content->after_write(data, written);
  return written;
}

ssize_t Disk::write(int fd, const void* data, std::size_t size) {
  std::unique_lock lock(mutex_);
  const auto found = open_.find(fd);
  if (found == open_.end()) {
    lock.unlock();
    return raw::write(fd, data, size);
  }
  const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
  return write_at(found->second, fd, data, size, appends ? raw::size(fd) : ::lseek(fd, 0, SEEK_CUR), false);
}

ssize_t Disk::pwrite(int fd, const void* data, std::size_t size, off_t offset) {
  std::unique_lock lock(mutex_);
  const auto found = open_.find(fd);
  if (found != open_.end()) return write_at(found->second, fd, data, size, offset, true);
  lock.unlock();
  return raw::pwrite(fd, data, size, offset);
}

int Disk::truncate(int fd, off_t size) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(fd);
  if (found == open_.end()) return raw::truncate(fd, size);
  if (fails("ftruncate", found->second.path, size > raw::size(fd))) return -1;
  if (found->second.content) found->second.content->before_truncate(size);
  return raw::truncate(fd, size);
}

int Disk::sync(int fd, const char* call) {
  std::unique_lock lock(mutex_);
  const auto found = open_.find(fd);
  if (found == open_.end()) {
    lock.unlock();
    return raw::sync(fd);
  }
  const Open& open = found->second;
  bool failed = fails(call, open.path, false, false);
  if (!failed && open.path.find(plan_.failing_at) != std::string::npos && raw::exists(plan_.failing_while)) {
    errno = plan_.fail_with;
    failed = true;
  }
  if (failed) {
    if (open.content) open.content->sync_failed();
    return -1;
  }
  if (!plan_.lies) {
    if (open.content) open.content->synced();
    if (open.is_folder) names_.synced(open.path);
  }
  lock.unlock();
  if (plan_.slow_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(plan_.slow_ms));
  return 0;  // the real disk below need not work: its power stays on
}

int Disk::rename(const char* from, const char* to) {
  const std::lock_guard lock(mutex_);
  const std::string old_name = absolute(from), name = absolute(to);
  if (!is_ours(name)) return raw::rename(from, to);
  if (fails("rename", name, false)) return -1;
  if (plan_.remembers()) names_.before_rename(old_name, name);
  return raw::rename(from, to);
}

int Disk::link(const char* from, const char* to) {
  const std::lock_guard lock(mutex_);
  const std::string name = absolute(to);
  if (!is_ours(name)) return raw::link(from, to);
  if (fails("link", name, true)) return -1;
  const int done = raw::link(from, to);
  if (done == 0 && plan_.remembers()) names_.made(name);
  return done;
}

int Disk::unlink(const char* path) {
  const std::lock_guard lock(mutex_);
  const std::string name = absolute(path);
  if (!is_ours(name)) return raw::unlink(path);
  if (fails("unlink", name, false)) return -1;
  if (plan_.remembers() && raw::exists(name)) names_.before_remove(name);
  return raw::unlink(path);
}

int Disk::mkdir(const char* path, mode_t mode) {
  const std::lock_guard lock(mutex_);
  const std::string name = absolute(path);
  if (!is_ours(name)) return raw::mkdir(path, mode);
  if (fails("mkdir", name, true)) return -1;
  const int done = raw::mkdir(path, mode);
  if (done == 0 && plan_.remembers()) names_.made_folder(name);
  return done;
}

}  // namespace mibun::faults
