#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

// Files as the rest of mibun needs them: whole, durable when a call returns, never half-written. A failed fsync is an
// error and is not tried again: the kernel may have dropped the pages it could not write. Paths stand in `where`.
namespace mibun::files {

inline constexpr unsigned kPrivateFile = 0600;
inline constexpr unsigned kPublicFile = 0644;

// The whole content. Errors: not_found; io_error (also larger than `bytes_max`, or not a regular file).
Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);
// The same for keys: the buffers are wiped.
Result<SecretBytes> read_secret_file(const std::string& path, std::size_t bytes_max);

bool exists(const std::string& path);  // also a dangling symbolic link
// Two names of one file (hard links).
bool same_file(const std::string& one, const std::string& other);

// Writes beside the target ("<path>.tmp.XXXXXX"), fsyncs, renames over it, fsyncs the directory: a reader sees the old
// content or the new one. `mode` holds whatever the umask. Errors: io_error.
Status write_file_atomic(const std::string& path, BytesView bytes, unsigned mode = kPrivateFile);
// The same, but an existing file stays as it is and is an error. Errors: io_error.
Status write_new_file(const std::string& path, BytesView bytes, unsigned mode = kPrivateFile);

// Makes the directory (0700) where missing, durably; its parent must exist. An existing one must belong to this user
// and be 0700; an empty one becomes so. (A wrong argument, /tmp say, must not take a shared directory away from
// others.) Errors: io_error.
Status make_private_directory(const std::string& path);

// Overwrites the content with zeros, fsyncs, unlinks, fsyncs the directory. What a copy-on-write file system or a flash
// disk keeps underneath is out of reach: erase by destroying keys where that matters. A missing file is no error. What
// the file is also known by (hard links) has zeros then, too.
Status erase_file(const std::string& path);
// Takes the name away and leaves the content, which has another name; fsyncs the directory. A missing one is no error.
Status remove_name(const std::string& path);

// The names in a directory without "." and "..", sorted. Errors: not_found, io_error.
Result<std::vector<std::string>> list_directory(const std::string& path);

// "a/b" -> "a", "/a" -> "/", "a" -> ".".
std::string parent_directory(const std::string& path);

// Makes new names, renames and removals in the directory durable.
Status sync_directory(const std::string& path);

}  // namespace mibun::files
