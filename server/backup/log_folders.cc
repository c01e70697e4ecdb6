#include "server/backup/log_folders.h"

#include <filesystem>

#include "platform/files/files.h"
#include "server/backup/tree.h"

namespace mibun::server::backup {
namespace {

// As App has them when the configuration names none.
constexpr const char* kPlaces[] = {"log-tree/a", "log-tree/b"};

Status copy_one(const std::string& from, const std::string& to) {
  std::error_code failed;
  if (!std::filesystem::exists(from, failed)) return fail(ErrorCode::not_found, from);
  std::filesystem::copy_file(from, to, failed);
  if (failed) return fail(ErrorCode::io_error, from, "cannot be copied");
  return {};
}

Status copy_folder(const std::string& from, const std::string& data, const std::string& name) {
  if (!files::exists(from)) return fail(ErrorCode::not_found, from);
  MIBUN_TRY(const auto paths, files_below(from));
  const std::string to = data + "/" + name;
  MIBUN_CHECK(make_folders(to, data));
  for (const std::string& path : paths) {
    MIBUN_CHECK(make_folders(files::parent_directory(to + "/" + path), data));
    MIBUN_CHECK(copy_one(from + "/" + path, to + "/" + path));
  }
  return {};
}

}  // namespace

Status bring_log(const LogRemains& remains, const std::string& data) {
  if (remains.folders.empty()) return {};
  for (const char* name : {"log.key", "log.vkey"}) {
    MIBUN_CHECK(copy_one(remains.keys_directory + "/" + name, data + "/keys/" + name));
  }
  MIBUN_CHECK(copy_folder(remains.keys_directory + "/log", data, "keys/log"));
  std::size_t next = 0;  // both places from one folder, where only one is left
  for (const char* place : kPlaces) {
    MIBUN_CHECK(copy_folder(remains.folders[next], data, place));
    if (next + 1 < remains.folders.size()) ++next;
  }
  return {};
}

}  // namespace mibun::server::backup
