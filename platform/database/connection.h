#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/database/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mibun::database {

enum class Access { write, read };

// One SQLite connection with its prepared statements; used by one thread at a time. As a Transaction it serves units of
// work; transaction control, ATTACH and PRAGMA are refused there and belong to control().
class Connection final : public Transaction {
 public:
  // Sets every safety switch of this room (WAL, FULL, secure_delete ...) and checks that WAL really is on.
  // Errors: io_error, database_error, database_busy.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override;
  Result<std::vector<Row>> query(std::string_view sql, std::span<const Value> parameters) override;

  // Our own statements: "BEGIN IMMEDIATE", "PRAGMA ...", with the rows they answer.
  Result<std::vector<Row>> control(std::string_view sql);
  // The statements of a migration, one after another; transaction control in them is refused.
  Status execute_script(std::string_view sql);

  bool in_transaction() const;
  // A deferred foreign key is open: a COMMIT now would fail for everybody in the group.
  bool has_open_foreign_key() const;
  // An input or output error (also of fsync) or a damaged page was seen on this connection.
  bool storage_failed() const { return storage_failed_; }
  // The pages of the write-ahead log after the last commit of this connection; 0 before the first.
  std::size_t wal_pages() const { return wal_pages_; }
  // After a failed fsync the WAL must not be moved into the database on closing: its pages are not to be trusted.
  void forbid_checkpoint_on_close();

 private:
  struct CloseConnection {
    void operator()(sqlite3* connection) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  enum class Phase { compiling, running };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
  using Statements = std::unordered_map<std::string, Statement, TextHash, std::equal_to<>>;
  using RowSink = std::function<Status(sqlite3_stmt*)>;

  explicit Connection(sqlite3* connection) : connection_(connection) {}
  Status configure(Access access);
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  Result<Statement> compile(std::string_view sql, unsigned flags, const char** tail);
  Status step_through(std::string_view sql, std::span<const Value> parameters, const RowSink& on_row);
  std::unexpected<Error> failure(int code, std::string_view sql, Phase phase);

  std::unique_ptr<sqlite3, CloseConnection> connection_;  // outlives the statements: declared first
  Statements statements_;
  Statements control_statements_;
  bool control_allowed_ = false;
  bool storage_failed_ = false;
  std::size_t wal_pages_ = 0;

  friend int authorize(void*, int, const char*, const char*, const char*, const char*);
};

}  // namespace mibun::database
