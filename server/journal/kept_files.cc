#include "server/journal/kept_files.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/codecs/base64url.h"
#include "platform/files/files.h"

namespace mibun::server {
namespace {

constexpr std::string_view kFolder = "/kept";
constexpr std::string_view kMagic = "mibun-kept-1 ";
constexpr std::size_t kFileBytesMax = 16UL * 1024 * 1024;

bool is_id(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

Status add_ids(const std::string& folder, std::set<std::string>& ids) {
  if (!files::exists(folder)) return {};
  MIBUN_TRY(const auto names, files::list_directory(folder));
  std::ranges::copy_if(names, std::inserter(ids, ids.end()), is_id);
  return {};
}

}  // namespace

Result<KeptFiles> KeptFiles::open(const std::vector<std::string>& journal_folders, keyd::KeyHolder& keys) {
  std::vector<std::string> folders;
  for (const std::string& journal : journal_folders) {
    const std::string& folder = folders.emplace_back(journal + std::string(kFolder));
    MIBUN_CHECK(files::make_private_directory(folder));
    MIBUN_TRY(const auto names, files::list_directory(folder));
    for (const std::string& name : names) {
      // The temporary name of a file that was being written.
      if (name.contains(".tmp.")) MIBUN_CHECK(files::erase_file(folder + "/" + name));
    }
  }
  return KeptFiles(std::move(folders), keys);
}

// What stands before the content.
Result<std::string> KeptFiles::head(const std::string& id, BytesView content) const {
  Bytes named = to_bytes(id + "\n");
  named.insert(named.end(), content.begin(), content.end());
  MIBUN_TRY(const Bytes tag, keys_.lookup_hash("kept_file", named));
  return std::string(kMagic) + base64url::encode(tag) + "\n";
}

Status KeptFiles::write(const std::string& id, BytesView content) {
  MIBUN_INVARIANT(is_id(id));
  MIBUN_TRY(const std::string head_text, head(id, content));
  Bytes file = to_bytes(head_text);
  file.insert(file.end(), content.begin(), content.end());
  for (const std::string& folder : folders_) MIBUN_CHECK(files::write_file_atomic(folder + "/" + id, file));
  return {};
}

Result<Bytes> KeptFiles::read(const std::string& id) const {
  Error worst{ErrorCode::not_found, id, "in none of the folders"};
  for (const std::string& folder : folders_) {
    auto file = files::read_file(folder + "/" + id, kFileBytesMax);
    if (!file) {
      if (file.error().code != ErrorCode::not_found) worst = file.error();
      continue;
    }
    const auto end = std::ranges::find(*file, static_cast<std::uint8_t>('\n'));
    const auto head_size = static_cast<std::size_t>(end - file->begin()) + (end == file->end() ? 0 : 1);
    const BytesView content = BytesView(*file).subspan(head_size);
    MIBUN_TRY(const std::string wanted, head(id, content));
    if (as_text(BytesView(*file).first(head_size)) == wanted) return Bytes(content.begin(), content.end());
    worst = {ErrorCode::backup_integrity_error, folder + "/" + id, "the file is not as it was written"};
  }
  return std::unexpected(std::move(worst));
}

Result<std::vector<std::string>> KeptFiles::ids() const {
  std::set<std::string> ids;
  for (const std::string& folder : folders_) MIBUN_CHECK(add_ids(folder, ids));
  return std::vector<std::string>(ids.begin(), ids.end());
}

bool KeptFiles::is_everywhere(const std::string& id) const {
  return std::ranges::all_of(folders_, [&](const std::string& folder) { return files::exists(folder + "/" + id); });
}

Status KeptFiles::erase(const std::string& id) {
  for (const std::string& folder : folders_) MIBUN_CHECK(files::erase_file(folder + "/" + id));
  return {};
}

Status KeptFiles::copy(const std::vector<std::string>& journal_folders, const std::string& to_journal_folder) {
  const std::string target = to_journal_folder + std::string(kFolder);
  MIBUN_CHECK(files::make_private_directory(target));
  for (const std::string& journal : journal_folders) {
    const std::string from = journal + std::string(kFolder);
    std::set<std::string> ids;
    MIBUN_CHECK(add_ids(from, ids));
    for (const std::string& id : ids) {
      MIBUN_TRY(const Bytes file, files::read_file(from + "/" + id, kFileBytesMax));
      const std::string path = target + "/" + id;
      if (!files::exists(path)) {
        MIBUN_CHECK(files::write_new_file(path, file));
        continue;
      }
      MIBUN_TRY(const Bytes there, files::read_file(path, kFileBytesMax));
      if (there != file) {
        return fail(ErrorCode::backup_integrity_error, from + "/" + id, "this folder's file is not the other's");
      }
    }
  }
  return {};
}

}  // namespace mibun::server
