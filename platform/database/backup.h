#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/tlog/hash.h"

// Copies of a database while others write to it, and what is in one. docs/decisions/0046.
namespace mibun::database {

// Copies the database at `from`, as it is at one moment, to the new file `to` (0600, durable when this returns). `from`
// may be open in this or another process that writes to it: the copy holds one read transaction, so no writer waits,
// and moving its WAL (Database::checkpoint) waits until the copy is done. A file left at `to` after an error is
// removed. Errors: not_found (no database at `from`), io_error (also: `to` exists), database_error.
Status copy_database(const std::string& from, const std::string& to);

// A small database as the bytes of one file, as it is at one moment, and one number of that moment. `path` may be open
// as above. Errors: not_found, io_error, database_error (also: `sql` finds no number).
struct Image {
  Bytes bytes;
  std::int64_t number = 0;
};
Result<Image> read_image(const std::string& path, std::string_view sql);

// One table: how many rows, and the Merkle root (RFC 6962) over them in the order of their rowids. A leaf is the rowid
// and each value with its type and length, so that no two different rows have the same bytes.
struct TableDigest {
  std::string name;
  std::int64_t rows = 0;
  tlog::Hash root = tlog::empty_root();
  friend bool operator==(const TableDigest&, const TableDigest&) = default;
};

struct Contents {
  std::int64_t schema = 0;          // the number of the last migration
  std::vector<TableDigest> tables;  // by name; "sqlite_schema" among them holds what tables and indexes there are
  friend bool operator==(const Contents&, const Contents&) = default;
};

// Reads a copy that nobody else has open, page checks included. Errors: not_found, io_error, database_error (also a
// file that is no database, or a damaged one).
Result<Contents> read_contents(const std::string& path);

// One number of such a copy; none where the query has no row. Errors: as above.
Result<std::optional<std::int64_t>> read_number(const std::string& path, std::string_view sql);

}  // namespace mibun::database
