#pragma once

// A disk that loses power: what was not synced is gone, or, as bad, its name is there without its content. Several
// share one supply, which fails at an operation that the test names.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "platform/log_tree/storage.h"

// What power loss leaves of a name that was not synced, or taken away and not synced. torn: the name, and half of what
// was written and not synced; mixed: every second change of names was made, and the others were not.
enum class Lost { name_gone, name_kept, torn, mixed };

struct Power {
  std::size_t off_at = 0;  // from this operation on nothing is done, counted from 1 over all disks; 0 is never
  std::size_t operations = 0;
};

class Disk {
 public:
  explicit Disk(Power& its_power) : power(its_power) {}
  Power& power;
  std::size_t fail_from = 0;  // from this operation of this disk on everything that writes fails; 0 is never
  std::size_t operations = 0;
  bool syncs_do_nothing = false;  // a disk that lies
  std::string spoils;             // a file of this name is not written as it was given

  bool fails() {
    const bool off = ++power.operations >= power.off_at && power.off_at != 0;
    return (++operations >= fail_from && fail_from != 0) || off;
  }

  void lose_power(Lost lost) {
    std::map<std::string, std::shared_ptr<Inode>> left;
    if (lost == Lost::mixed) mix_names();
    for (const auto& [path, inode] : lost == Lost::name_gone ? durable_names : names) {
      if (!folders_are_durable(path) && lost == Lost::name_gone) continue;
      auto fresh = std::make_shared<Inode>();
      // A file that was never synced is there and empty; one that was synced before has what it had then.
      fresh->content = inode->durable;
      if (lost == Lost::torn) fresh->content = half_of(*inode);
      fresh->durable = fresh->content;
      left[path] = fresh;
    }
    names = durable_names = left;
    if (lost == Lost::name_gone) folders = durable_folders;
    durable_folders = folders;
  }

  struct Inode {
    mibun::Bytes content, durable;
  };
  std::map<std::string, std::shared_ptr<Inode>> names, durable_names;
  std::set<std::string> folders{""}, durable_folders{""};

  static std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }

  static mibun::Bytes half_of(const Inode& inode) {
    const std::size_t kept = std::min(inode.durable.size(), inode.content.size());
    const std::size_t half = kept + (inode.content.size() - kept) / 2;
    return {inode.content.begin(), inode.content.begin() + static_cast<std::ptrdiff_t>(half)};
  }

 private:
  void mix_names() {
    std::set<std::string> changed;
    for (const auto& [path, inode] : names) {
      if (const auto then = durable_names.find(path); then == durable_names.end() || then->second != inode) {
        changed.insert(path);
      }
    }
    for (const auto& [path, inode] : durable_names) {
      if (!names.contains(path)) changed.insert(path);
    }
    bool undone = true;
    for (const std::string& path : changed) {
      if (undone) {
        names.erase(path);
        if (const auto then = durable_names.find(path); then != durable_names.end()) names[path] = then->second;
      }
      undone = !undone;
    }
  }
  bool folders_are_durable(const std::string& path) const {
    for (std::string folder = folder_of(path);; folder = folder_of(folder)) {
      if (!durable_folders.contains(folder)) return false;
      if (folder.empty()) return true;
    }
  }
};

class DiskStorage final : public mibun::log_tree::Storage {
  // One for all disks: a log has several threads.
  static inline std::mutex mutex;
  using Lock = std::lock_guard<std::mutex>;

 public:
  explicit DiskStorage(Disk& disk) : disk_(disk) {}

  mibun::Result<mibun::Bytes> read(const std::string& path, std::size_t bytes_max) override {
    const Lock lock(mutex);
    const auto found = disk_.names.find(path);
    if (found == disk_.names.end()) return mibun::fail(mibun::ErrorCode::not_found, path);
    if (found->second->content.size() > bytes_max) return mibun::fail(mibun::ErrorCode::io_error, path, "too large");
    return found->second->content;
  }
  mibun::Status write(const std::string& path, mibun::BytesView bytes) override {
    const Lock lock(mutex);
    if (disk_.fails()) return failed(path);
    mibun::Bytes& content = made(path);
    content.assign(bytes.begin(), bytes.end());
    if (path == disk_.spoils) content.back() ^= 1;
    return {};
  }
  mibun::Status append(const std::string& path, mibun::BytesView bytes) override {
    const Lock lock(mutex);
    if (disk_.fails()) return failed(path);
    mibun::Bytes& content = made(path);
    content.insert(content.end(), bytes.begin(), bytes.end());
    return {};
  }
  mibun::Status sync(const std::string& path) override {
    const Lock lock(mutex);
    if (disk_.fails()) return failed(path);
    const auto found = disk_.names.find(path);
    if (found == disk_.names.end()) return failed(path);
    if (!disk_.syncs_do_nothing) found->second->durable = found->second->content;
    return {};
  }
  mibun::Status sync_folder(const std::string& path) override {
    const Lock lock(mutex);
    if (disk_.fails()) return failed(path);
    if (disk_.syncs_do_nothing) return {};
    std::erase_if(disk_.durable_names, [&](const auto& name) { return Disk::folder_of(name.first) == path; });
    for (const auto& [name, inode] : disk_.names) {
      if (Disk::folder_of(name) == path) disk_.durable_names[name] = inode;
    }
    for (const std::string& folder : disk_.folders) {
      if (Disk::folder_of(folder) == path) disk_.durable_folders.insert(folder);
    }
    return {};
  }
  mibun::Status rename(const std::string& from, const std::string& to) override {
    const Lock lock(mutex);
    if (disk_.fails()) return failed(from);
    auto node = disk_.names.extract(from);
    if (node.empty()) return failed(from);
    disk_.names[to] = node.mapped();
    return {};
  }
  mibun::Status remove(const std::string& path) override {
    const Lock lock(mutex);
    if (disk_.fails()) return failed(path);
    disk_.names.erase(path);
    return {};
  }
  mibun::Result<std::vector<std::string>> list(const std::string& path) override {
    const Lock lock(mutex);
    std::set<std::string> out;
    const std::string front = path.empty() ? "" : path + "/";
    for (const auto& [name, inode] : disk_.names) {
      if (!name.starts_with(front)) continue;
      const std::string rest = name.substr(front.size());
      const std::size_t slash = rest.find('/');
      out.insert(slash == std::string::npos ? rest : rest.substr(0, slash + 1));
    }
    return std::vector<std::string>(out.begin(), out.end());
  }

 private:
  mibun::Bytes& made(const std::string& path) {
    for (std::string folder = Disk::folder_of(path); disk_.folders.insert(folder).second;) {
      folder = Disk::folder_of(folder);
    }
    auto& inode = disk_.names[path];
    if (!inode) inode = std::make_shared<Disk::Inode>();
    return inode->content;
  }
  static std::unexpected<mibun::Error> failed(const std::string& path) {
    return mibun::fail(mibun::ErrorCode::io_error, path, "the disk failed");
  }
  Disk& disk_;
};
