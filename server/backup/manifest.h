#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/public_key.h"
#include "core/crypto/signer.h"
#include "core/tlog/hash.h"
#include "platform/database/backup.h"
#include "server/journal/journal.h"

namespace mibun::server::backup {

inline constexpr std::string_view kManifestFile = "manifest.jws";
inline constexpr std::string_view kFileList = "files.list";

// Whether a path stays below the folder it is taken in: no ".", "..", empty part or leading slash.
bool is_inside(std::string_view path);

// One file of a generation. `root`: the Merkle root (RFC 6962) over its pieces of 1 MiB, so that a large file is never
// in memory.
struct FileDigest {
  std::string path;  // "data/mibun.db"; below the generation's folder
  std::uint64_t bytes = 0;
  tlog::Hash root = tlog::empty_root();
  friend bool operator==(const FileDigest&, const FileDigest&) = default;

  // "<root, base64url> <bytes> <path>": a line of files.list without its line feed.
  std::string line() const;
};

// What a generation holds, and what came before it. In the generation as manifest.jws, a compact JWS (RFC 7515, ES256,
// typ "mibun-backup+jwt") signed by the server's own key for this; its payload:
//   {"version":1,"generation":7,"made_at":"2026-11-29T03:00:00+09:00","made_at_ms":1,"origin":"https://id.example.jp",
//    "schema":28,"tables":[{"name":"accounts","rows":3,"root":b64u}],"files":{"count":9,"bytes":1},"root":b64u,
//    "journal":{"number":12,"chain":b64u},"log_checkpoint":"...","previous":b64u}
// `root` is the Merkle root over one leaf for each table ("<name> <rows> <root>") and then one for each line of
// files.list. `previous` is the SHA-256 of the manifest before (as compact text), empty for the first.
struct Manifest {
  std::int64_t generation = 0;
  Instant made_at;
  std::string origin;
  database::Contents database;
  std::vector<FileDigest> files;  // by path; they stand in files.list, not in the manifest
  JournalPosition journal;
  std::string log_checkpoint;  // as the log signed it; empty without a log
  Bytes previous;

  tlog::Hash root() const;
};

std::string file_list(const std::vector<FileDigest>& files);

// Errors: the signer's.
Result<std::string> sign_manifest(const Manifest& manifest, const crypto::Signer& signer);
// Both files of a generation; whatever is not just so is refused. Errors: backup_integrity_error.
Result<Manifest> read_manifest(std::string_view jws, std::string_view list, const crypto::PublicKey& key);

}  // namespace mibun::server::backup
