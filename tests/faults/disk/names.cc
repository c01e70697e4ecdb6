#include "tests/faults/disk/names.h"

#include <filesystem>
#include <system_error>

#include "tests/faults/disk/raw.h"

namespace mibun::faults {

std::vector<Names::Change>& Names::changed(const std::string& path) {
  return folders_[path.substr(0, path.rfind('/'))];
}

std::string Names::keep(const std::string& path) {
  if (!raw::exists(path)) return {};
  raw::mkdir(trash_.c_str(), 0700);
  std::string kept = trash_ + "/" + std::to_string(++kept_);
  raw::link(path.c_str(), kept.c_str());
  return kept;
}

void Names::before_remove(const std::string& path) {
  changed(path).push_back({Kind::removed, path, {}, keep(path)});
}

void Names::before_rename(const std::string& from, const std::string& to) {
  changed(to).push_back({Kind::renamed, to, from, keep(to)});
}

void Names::synced(const std::string& folder) {
  for (const Change& change : folders_[folder]) {
    if (!change.kept.empty()) raw::unlink(change.kept.c_str());
  }
  folders_[folder].clear();
}

void Names::lose(std::mt19937& random) {
  for (auto& [folder, changes] : folders_) {
    const std::size_t stay = random() % (changes.size() + 1);
    while (changes.size() > stay) {
      take_back(changes.back());
      changes.pop_back();
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(trash_, ignored);
}

void Names::take_back(const Change& change) {
  std::error_code ignored;
  switch (change.kind) {
    case Kind::made:
      raw::unlink(change.path.c_str());
      return;
    case Kind::folder:
      std::filesystem::remove_all(change.path, ignored);
      return;
    case Kind::renamed:
      raw::rename(change.path.c_str(), change.from.c_str());
      [[fallthrough]];
    case Kind::removed:
      if (!change.kept.empty()) raw::rename(change.kept.c_str(), change.path.c_str());
  }
}

}  // namespace mibun::faults
