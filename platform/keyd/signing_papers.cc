#include "platform/keyd/signing_papers.h"

#include "platform/files/files.h"
#include "platform/keyd/file_signing_place.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kPaperBytesMax = 64 * 1024;

}  // namespace

Result<std::map<std::string, Bytes>> DirectoryPapers::all(std::string_view suffix) {
  MIBUN_TRY(const auto stems, signing_stems_in(directory_, suffix));
  std::map<std::string, Bytes> found;
  for (const std::string& stem : stems) {
    MIBUN_TRY(Bytes content, files::read_file(path(stem, suffix), kPaperBytesMax));
    found.emplace(stem, std::move(content));
  }
  return found;
}

Status DirectoryPapers::write_new(const std::string& stem, std::string_view suffix, BytesView content) {
  if (files::exists(path(stem, suffix))) return fail(ErrorCode::keyd_key_exists, stem, "is written already");
  return files::write_new_file(path(stem, suffix), content, files::kPublicFile);
}

Status DirectoryPapers::remove(const std::string& stem, std::string_view suffix) {
  return files::remove_name(path(stem, suffix));
}

}  // namespace mibun::keyd
