#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

// SQLite behind one door: WAL, synchronous=FULL, secure_delete, one writer thread with group commit, readers of their
// own, prepared statements kept per connection. docs/decisions/0006.
namespace mibun::database {

// A parameter or a column. Text and blobs are copied in and out.
using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;

// Asking for a column that is not there, or has another type, is our own bug.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  bool is_null(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;  // 0 for NULL
  const std::string& text(std::size_t column) const;
  const Bytes& blob(std::size_t column) const;
  const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<Value> values_;
};

// What a unit of work may do. Statements are cached by their text: pass string literals, never build SQL from input.
class Transaction {
 public:
  virtual ~Transaction() = default;
  // One statement. The number of rows changed. Errors: database_conflict (any constraint), database_error (also BEGIN,
  // COMMIT, SAVEPOINT, ATTACH, PRAGMA, a wrong number of parameters, floating point).
  virtual Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) = 0;
  virtual Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters) = 0;

  template <class... P>
  Result<std::int64_t> run(std::string_view sql, P&&... parameters) {
    const std::vector<Value> values{to_value(std::forward<P>(parameters))...};
    return execute(sql, values);
  }
  template <class... P>
  Result<std::vector<Row>> rows(std::string_view sql, P&&... parameters) {
    const std::vector<Value> values{to_value(std::forward<P>(parameters))...};
    return query(sql, values);
  }
  // At most one row.
  template <class... P>
  Result<std::optional<Row>> row(std::string_view sql, P&&... parameters) {
    const std::vector<Value> values{to_value(std::forward<P>(parameters))...};
    auto found = query(sql, values);
    if (!found) return pass_error(found);
    if (found->empty()) return std::optional<Row>();
    return std::optional<Row>(std::move(found->front()));
  }

 private:
  static Value to_value(std::nullptr_t) { return {}; }
  static Value to_value(std::string_view text) { return std::string(text); }
  static Value to_value(const std::string& text) { return text; }
  static Value to_value(const char* text) { return std::string(text); }
  static Value to_value(const Bytes& bytes) { return bytes; }
  static Value to_value(BytesView bytes) { return to_bytes(bytes); }
  template <class T>
    requires std::is_integral_v<T>
  static Value to_value(T number) {
    return static_cast<std::int64_t>(number);
  }
  template <class T>
  static Value to_value(const std::optional<T>& value) {
    return value ? to_value(*value) : Value{};
  }
};

struct Migration {
  int number;             // 1, 2, 3 ...; some may be left out
  std::string_view name;  // "0001_accounts"
  std::string_view sql;   // one or more statements
};

// Whether an open database takes writes.
enum class Writing : std::uint8_t {
  well,
  no_room,  // the disk is full or read-only: `unavailable`, until there is room again
  stopped,  // a commit failed, or the file is not the one that was opened: `database_error` until it is opened again
};

class Database {
 public:
  // Opens or makes the file (0600; a locked "<path>.lock" beside it keeps a second process out), checks the recorded
  // checksums of applied migrations and applies the missing ones in a transaction each. Use ordinary rowid tables,
  // STRICT where possible: WITHOUT ROWID with rows over 200 bytes costs three times the work. Errors: io_error (also:
  // open elsewhere), database_error, database_migration_mismatch (changed, or a newer program's).
  static Result<std::unique_ptr<Database>> open(const std::string& path, std::span<const Migration> migrations);
  virtual ~Database() = default;

  // Runs `work` in a write transaction on the writer thread, together with others in one durable commit. Returns after
  // the commit is on disk. An error from `work` (or an exception: internal_error) rolls back only its own changes
  // (savepoint). After a commit that failed, an fsync for one, every further write is database_error until the database
  // is opened again: whether that commit is on disk is unknown, and a second fsync may lie. The same when the file was
  // removed or replaced meanwhile: what SQLite wrote there would be gone with this process. With less than 16 MiB free
  // nothing is begun (unavailable), so that what has begun fits. What ends with `cancelled` only wanted to see: it is
  // taken back, and answered without waiting for the disk. From within a write it breaks an invariant (a deadlock).
  virtual Status write(const std::function<Status(Transaction&)>& work) = 0;
  // Runs `work` on a reader connection in a read transaction, which sees every write that has returned. Not from within
  // another read of the same database.
  virtual Status read(const std::function<Status(Transaction&)>& work) = 0;
  // One statement in a read transaction of its own, as Transaction::rows and Transaction::row.
  template <class... P>
  Result<std::vector<Row>> rows(std::string_view sql, P&&... parameters) {
    std::vector<Row> found;
    MIBUN_CHECK(read([&](Transaction& transaction) -> Status {
      MIBUN_TRY(found, transaction.rows(sql, std::forward<P>(parameters)...));
      return {};
    }));
    return found;
  }
  template <class... P>
  Result<std::optional<Row>> row(std::string_view sql, P&&... parameters) {
    std::optional<Row> found;
    MIBUN_CHECK(read([&](Transaction& transaction) -> Status {
      MIBUN_TRY(found, transaction.row(sql, std::forward<P>(parameters)...));
      return {};
    }));
    return found;
  }
  // Moves the WAL into the database and truncates it, so that secure_delete has reached every page. SQLite still leaves
  // a few copies of rows it moved between pages while others were removed: erasing for certain means destroying a key.
  // Waits while a copy of the database is made (backup.h), which would keep the WAL in use.
  // Errors: database_busy (a reader kept it for five seconds), database_error.
  virtual Status checkpoint() = 0;
  // Looks now; any thread.
  virtual Writing writing() const = 0;
};

}  // namespace mibun::database
