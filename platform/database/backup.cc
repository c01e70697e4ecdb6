#include "platform/database/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "core/tlog/compact_range.h"
#include "platform/database/backup_gate.h"
#include "platform/database/connection.h"
#include "platform/files/descriptor.h"
#include "platform/files/files.h"

namespace mibun::database {
namespace {

constexpr int kPagesAtOnce = 4096;  // 16 MiB
constexpr std::int64_t kRowsAtOnce = 256;
constexpr int kBusyTimeoutMs = 5000;

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

std::unexpected<Error> copy_failure(const std::string& path, int code) {
  const int primary = code & 0xff;
  const bool of_files = primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR || primary == SQLITE_FULL;
  return fail(of_files ? ErrorCode::io_error : ErrorCode::database_error, path, sqlite3_errstr(code));
}

Result<Handle> open_raw(const std::string& path) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) return copy_failure(path, code);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  return handle;
}

Status say(sqlite3* connection, const char* sql, const std::string& path) {
  const int code = sqlite3_exec(connection, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return copy_failure(path, code);
  return {};
}

// The read transaction of the source is what makes it one moment: without it every write of another connection starts
// the copy again, and a busy server would never be backed up.
Status copy_pages(sqlite3* source, sqlite3* target, const std::string& to) {
  MIBUN_CHECK(say(source, "BEGIN; SELECT COUNT(*) FROM sqlite_schema", to));
  sqlite3_backup* backup = sqlite3_backup_init(target, "main", source, "main");
  if (backup == nullptr) return copy_failure(to, sqlite3_extended_errcode(target));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(backup, kPagesAtOnce);
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return copy_failure(to, code);
  if (finished != SQLITE_OK) return copy_failure(to, finished);
  return say(source, "COMMIT", to);
}

Status copy_to_new_file(const std::string& from, const std::string& to) {
  MIBUN_TRY(const BackupGate gate, BackupGate::copying(from));
  MIBUN_TRY(const Handle source, open_raw(from));
  // Whoever closes last moves the WAL; a copier must not be the one who writes to the database.
  sqlite3_db_config(source.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  MIBUN_TRY(const Handle target, open_raw(to));
  // A copy that is cut off is thrown away, so its journal protects nothing; it is made durable as a whole below.
  MIBUN_CHECK(say(target.get(), "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY", to));
  return copy_pages(source.get(), target.get(), to);
}

struct Free {
  void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

Result<std::int64_t> number_of(sqlite3* connection, std::string_view sql, const std::string& path) {
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
  if (prepared != SQLITE_OK) return copy_failure(path, prepared);
  const int stepped = sqlite3_step(raw);
  if (stepped == SQLITE_ROW) return sqlite3_column_int64(raw, 0);
  if (stepped == SQLITE_DONE) return fail(ErrorCode::database_error, path, "has no such number");
  return copy_failure(path, stepped);
}

Status make_durable(const std::string& path) {
  const files::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) return files::write_failure(path, "fsync");
  return files::sync_directory(files::parent_directory(path));
}

void put_number(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void put_bytes(Bytes& out, std::uint8_t type, BytesView bytes) {
  out.push_back(type);
  put_number(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_value(Bytes& out, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out.push_back(1);
    put_number(out, static_cast<std::uint64_t>(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put_bytes(out, 2, as_bytes(*text));
  } else if (const auto* blob = std::get_if<Bytes>(&value)) {
    put_bytes(out, 3, *blob);
  } else {
    out.push_back(0);
  }
}

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + "\"";
}

// Page by page through the rowids: a table of a gigabyte is never in memory.
Result<TableDigest> digest_table(Connection& connection, const std::string& name) {
  TableDigest digest{.name = name};
  tlog::CompactRange range;
  const std::string sql =
      "SELECT rowid, * FROM " + quoted(name) + " WHERE rowid > $1 ORDER BY rowid LIMIT " + std::to_string(kRowsAtOnce);
  std::int64_t last = INT64_MIN;
  for (;;) {
    MIBUN_TRY(const auto rows, connection.rows(sql, last));
    for (const Row& row : rows) {
      Bytes leaf;
      for (const Value& value : row.values()) put_value(leaf, value);
      range.append(tlog::leaf_hash(leaf));
      last = row.integer(0);
    }
    digest.rows += static_cast<std::int64_t>(rows.size());
    if (rows.size() < static_cast<std::size_t>(kRowsAtOnce)) break;
  }
  digest.root = range.root();
  return digest;
}

}  // namespace

Status copy_database(const std::string& from, const std::string& to) {
  if (!files::exists(from)) return fail(ErrorCode::not_found, from, "there is no database");
  MIBUN_CHECK(files::write_new_file(to, {}));
  Status copied = copy_to_new_file(from, to);
  if (copied) copied = make_durable(to);
  if (!copied) ::unlink(to.c_str());
  return copied;
}

Result<Image> read_image(const std::string& path, std::string_view sql) {
  if (!files::exists(path)) return fail(ErrorCode::not_found, path, "there is no database");
  MIBUN_TRY(const BackupGate gate, BackupGate::copying(path));
  MIBUN_TRY(const Handle source, open_raw(path));
  sqlite3_db_config(source.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  MIBUN_CHECK(say(source.get(), "BEGIN", path));
  Image image;
  MIBUN_TRY(image.number, number_of(source.get(), sql, path));
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, Free> bytes(sqlite3_serialize(source.get(), "main", &size, 0));
  if (!bytes) return copy_failure(path, sqlite3_extended_errcode(source.get()));
  image.bytes.assign(bytes.get(), bytes.get() + size);
  return image;
}

Result<Contents> read_contents(const std::string& path) {
  if (!files::exists(path)) return fail(ErrorCode::not_found, path, "there is no database");
  MIBUN_TRY(const auto connection, Connection::open(path, Access::read));
  MIBUN_TRY(const auto checked, connection->control("PRAGMA quick_check(1)"));
  if (checked.size() != 1 || checked.front().text(0) != "ok") {
    return fail(ErrorCode::database_error, path, "the database is damaged");
  }
  Contents contents;
  MIBUN_TRY(const auto tables, connection->rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                                                "'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
  for (const Row& table : tables) {
    MIBUN_TRY(contents.tables.emplace_back(), digest_table(*connection, table.text(0)));
  }
  MIBUN_TRY(contents.tables.emplace_back(), digest_table(*connection, "sqlite_schema"));
  MIBUN_TRY(const auto schema, connection->row("SELECT MAX(number) FROM schema_migrations"));
  contents.schema = schema ? schema->integer(0) : 0;
  return contents;
}

Result<std::optional<std::int64_t>> read_number(const std::string& path, std::string_view sql) {
  if (!files::exists(path)) return fail(ErrorCode::not_found, path, "there is no database");
  MIBUN_TRY(const auto connection, Connection::open(path, Access::read));
  MIBUN_TRY(const auto row, connection->row(sql));
  return row ? std::optional(row->integer(0)) : std::nullopt;
}

}  // namespace mibun::database
