#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/hash.h"

namespace mibun::blobs {

// Where a file lies: <directory>/<first two characters of its id>/<id>.
inline constexpr std::size_t kIdCharacters = 32;  // lower-case hexadecimal
inline constexpr std::size_t kShardCharacters = 2;

bool is_id(std::string_view text);
std::vector<std::string> all_shards();  // "00" ... "ff"

// A file as the rows know it. The digest is of the sealed bytes, so that a copy can be judged without anybody's key.
struct BlobRef {
  std::string id;
  Bytes sha256;
  friend bool operator==(const BlobRef&, const BlobRef&) = default;
};

// One directory of copies. What it does is durable when it returns. "mibun-files" in it says that it has a copy of
// everything: a directory that was lost and is there again has it only after every file was copied back. For files in
// platform/blobs only.
class Replica {
 public:
  explicit Replica(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }
  // Makes the directory where it is missing (its parent must be there). Errors: io_error.
  Status prepare() const;
  bool is_complete() const;
  Status set_complete() const;

  // A new file, or the good copy in the place of a bad one. Errors: io_error.
  Status write(std::string_view id, BytesView sealed) const;
  // A copy with this digest. Errors: not_found, blob_integrity_error (another digest), io_error.
  Result<Bytes> read(const BlobRef& file) const;
  bool has(std::string_view id) const;
  // A missing one is no error.
  Status erase(std::string_view id) const;

  // The ids that lie there; empty where there is no such folder. Errors: io_error.
  Result<std::vector<std::string>> list(std::string_view shard) const;
  // What a crash left of writes that were under way.
  Status erase_unfinished(std::string_view shard) const;

 private:
  std::string shard_directory(std::string_view id) const;
  std::string path(std::string_view id) const;
  std::string directory_;
};

}  // namespace mibun::blobs
