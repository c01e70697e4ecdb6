#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "server/backup/manifest.h"

namespace mibun::server::backup {

// The digest of one file; `path` is what it will be called. Errors: not_found, io_error.
Result<FileDigest> digest_file(const std::string& file, std::string path);

// The regular files below `folder`, as paths relative to it, sorted. Anything but files and folders is an error, so
// that no link leads out. Errors: io_error.
Result<std::vector<std::string>> files_below(const std::string& folder);

// Makes `path` and what is missing between it and `top`, of this user alone, as a store wants its own. Errors:
// io_error.
Status make_folders(const std::string& path, const std::string& top);

// Removes a folder that this room made, with all it holds. Nothing is overwritten: files in it may be links to those of
// a store. Errors: io_error.
Status remove_tree(const std::string& folder);

// Everything that a generation says about itself, compared with what is there: the signature, each file and no other,
// each table. Changes nothing. Errors: backup_integrity_error (its `where` names what is wrong), io_error.
Result<Manifest> verify_tree(const std::string& folder, const crypto::PublicKey& key);

}  // namespace mibun::server::backup
