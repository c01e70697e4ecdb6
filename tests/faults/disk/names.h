#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

// The names in folders that were made, moved and removed since the folder's last fsync. A disk keeps their order (as
// journalling file systems do), so a power loss leaves the first few of them, none or all.
namespace mibun::faults {

class Names {
 public:
  // What a removed or replaced file is kept under until its folder is synced. On the same file system.
  explicit Names(std::string trash) : trash_(std::move(trash)) {}

  void made(const std::string& path) { changed(path).push_back({Kind::made, path, {}, {}}); }
  void made_folder(const std::string& path) { changed(path).push_back({Kind::folder, path, {}, {}}); }
  // Both before the call, which must then happen.
  void before_remove(const std::string& path);
  void before_rename(const std::string& from, const std::string& to);

  void synced(const std::string& folder);
  void lose(std::mt19937& random);

 private:
  enum class Kind { made, folder, removed, renamed };
  struct Change {
    Kind kind;
    std::string path, from;  // `from` of a rename
    std::string kept;        // where the old file is; empty: there was none
  };
  std::vector<Change>& changed(const std::string& path);
  std::string keep(const std::string& path);
  static void take_back(const Change& change);

  std::string trash_;
  int kept_ = 0;
  std::map<std::string, std::vector<Change>> folders_;
};

}  // namespace mibun::faults
