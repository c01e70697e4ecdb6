#include "platform/blobs/replica.h"

#include <algorithm>

#include "platform/blobs/format.h"
#include "platform/files/files.h"

namespace mibun::blobs {
namespace {

constexpr std::string_view kCompleteMark = "/mibun-files";
constexpr std::string_view kHex = "0123456789abcdef";
// The largest content, its header, and the tags of the smallest chunks.
constexpr std::size_t kSealedBytesMax = kContentBytesMax + kHeaderSize + (kContentBytesMax >> kChunkBitsMin) * 16 + 16;

// The names in a folder that may be missing.
Result<std::vector<std::string>> names_in(const std::string& directory) {
  auto names = files::list_directory(directory);
  if (!names && names.error().code == ErrorCode::not_found) return std::vector<std::string>();
  return names;
}

}  // namespace

bool is_id(std::string_view text) {
  return text.size() == kIdCharacters && text.find_first_not_of(kHex) == std::string_view::npos;
}

std::vector<std::string> all_shards() {
  std::vector<std::string> shards;
  for (const char first : kHex) {
    for (const char second : kHex) shards.push_back({first, second});
  }
  return shards;
}

std::string Replica::shard_directory(std::string_view id) const {
  return directory_ + "/" + std::string(id.substr(0, kShardCharacters));
}

std::string Replica::path(std::string_view id) const {
  MIBUN_INVARIANT(is_id(id));
  return shard_directory(id) + "/" + std::string(id);
}

Status Replica::prepare() const {
  return files::make_private_directory(directory_);
}

bool Replica::is_complete() const {
  return files::exists(directory_ + std::string(kCompleteMark));
}

Status Replica::set_complete() const {
  return files::write_file_atomic(directory_ + std::string(kCompleteMark), as_bytes("mibun files 1\n"));
}

Status Replica::write(std::string_view id, BytesView sealed) const {
  const std::string target = path(id);
  MIBUN_CHECK(prepare());
  MIBUN_CHECK(files::make_private_directory(shard_directory(id)));
  return files::write_file_atomic(target, sealed);
}

Result<Bytes> Replica::read(const BlobRef& file) const {
  MIBUN_TRY(Bytes sealed, files::read_file(path(file.id), kSealedBytesMax));
  const auto digest = crypto::sha256(sealed);
  if (!std::ranges::equal(digest, file.sha256)) {
    return fail(ErrorCode::blob_integrity_error, path(file.id), "not the bytes that were written");
  }
  return sealed;
}

bool Replica::has(std::string_view id) const {
  return files::exists(path(id));
}

Status Replica::erase(std::string_view id) const {
  return files::erase_file(path(id));
}

Result<std::vector<std::string>> Replica::list(std::string_view shard) const {
  MIBUN_TRY(auto names, names_in(directory_ + "/" + std::string(shard)));
  std::erase_if(names, [](const std::string& name) { return !is_id(name); });
  return names;
}

Status Replica::erase_unfinished(std::string_view shard) const {
  const std::string directory = directory_ + "/" + std::string(shard);
  MIBUN_TRY(const auto names, names_in(directory));
  for (const std::string& name : names) {
    if (name.find(".tmp.") != std::string::npos) MIBUN_CHECK(files::erase_file(directory + "/" + name));
  }
  return {};
}

}  // namespace mibun::blobs
