#include "platform/database/connection.h"

#include <sqlite3.h>

#include <charconv>
#include <utility>

namespace mibun::database {
namespace {

constexpr int kBusyTimeoutMs = 5000;
// Statements are literals of the program, so there are few; the bound only keeps a mistake from eating the memory.
constexpr std::size_t kStatementsMax = 512;
constexpr std::size_t kWhereBytesMax = 80;

// The beginning of the statement: a place in our own code, never a value (values are bound).
std::string place(std::string_view sql) {
  std::string text;
  for (const char c : sql.substr(0, kWhereBytesMax)) text += c == '\n' ? ' ' : c;
  return text;
}

ErrorCode code_for(int primary) {
  if (primary == SQLITE_CONSTRAINT) return ErrorCode::database_conflict;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) return ErrorCode::database_busy;
  if (primary == SQLITE_CANTOPEN || primary == SQLITE_PERM || primary == SQLITE_READONLY) return ErrorCode::io_error;
  return ErrorCode::database_error;
}

// SQLite numbers "$2" and "$1" in the order in which they first occur; in PostgreSQL, and here, "$2" is the second
// value.
std::size_t parameter_number(sqlite3_stmt* statement, int index) {
  const char* name = sqlite3_bind_parameter_name(statement, index);
  if (name == nullptr) return static_cast<std::size_t>(index);  // "?"
  std::size_t number = 0;
  const std::string_view digits = std::string_view(name).substr(1);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return failed == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Bytes>(&value)) {
    if (blob->empty()) return sqlite3_bind_zeroblob(statement, index, 0);  // a null pointer would bind NULL
    return sqlite3_bind_blob64(statement, index, blob->data(), blob->size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

Result<Value> column(sqlite3_stmt* statement, int index) {
  const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, index)); };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_NULL:
      return Value{};
    case SQLITE_INTEGER:
      return Value{static_cast<std::int64_t>(sqlite3_column_int64(statement, index))};
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      return Value{std::string(text, size())};
    }
    case SQLITE_BLOB: {
      const auto* blob = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, index));
      return Value{blob == nullptr ? Bytes() : Bytes(blob, blob + size())};
    }
    default:
      return fail(ErrorCode::database_error, "column " + std::to_string(index), "floating point is not stored here");
  }
}

// Resets on the way out, so that no read transaction stays open and no bound value is referred to any longer.
class Running {
 public:
  explicit Running(sqlite3_stmt* statement) : statement_(statement) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

}  // namespace

// Judged when a statement is compiled. A unit of work that ended the group's transaction would commit or lose the work
// of others.
int authorize(void* connection, int action, const char*, const char*, const char*, const char*) {
  switch (action) {
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return SQLITE_DENY;
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_PRAGMA:
      return static_cast<Connection*>(connection)->control_allowed_ ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_OK;
  }
}

void Connection::CloseConnection::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}
void Connection::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(raw));  // also closes what a failed open left
  if (code != SQLITE_OK) return fail(ErrorCode::io_error, path, sqlite3_errstr(code));
  MIBUN_CHECK(connection->configure(access));
  return connection;
}

Status Connection::configure(Access access) {
  sqlite3_busy_timeout(connection_.get(), kBusyTimeoutMs);
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_set_authorizer(connection_.get(), authorize, this);
  MIBUN_TRY(const auto mode, control("PRAGMA journal_mode=WAL"));
  if (mode.size() != 1 || mode.front().text(0) != "wal") {
    return fail(ErrorCode::database_error, "journal_mode", "write-ahead logging is not available here");
  }
  // temp_store: statement journals with row contents must not be written to a temporary file.
  for (const char* pragma : {"PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON", "PRAGMA foreign_keys=ON",
                             "PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON", "PRAGMA temp_store=MEMORY"}) {
    MIBUN_CHECK(control(pragma));
  }
  if (access == Access::read) {
    MIBUN_CHECK(control("PRAGMA query_only=ON"));
  } else {
    MIBUN_CHECK(control("PRAGMA wal_autocheckpoint=0"));  // WalMover does it
    const auto note_pages = [](void* pages, sqlite3*, const char*, int count) {
      *static_cast<std::size_t*>(pages) = static_cast<std::size_t>(count);
      return SQLITE_OK;
    };
    sqlite3_wal_hook(connection_.get(), note_pages, &wal_pages_);
  }
  return {};
}

std::unexpected<Error> Connection::failure(int code, std::string_view sql, Phase phase) {
  const int primary = code & 0xff;
  if (primary == SQLITE_IOERR || primary == SQLITE_CORRUPT) storage_failed_ = true;
  // Messages of the compiler and of constraints speak of our own names; others (of JSON paths, say) quote values.
  const bool names_only = phase == Phase::compiling || primary == SQLITE_CONSTRAINT;
  std::string detail = names_only ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  return fail(code_for(primary), place(sql), std::move(detail) + " (" + std::to_string(code) + ")");
}

Result<Connection::Statement> Connection::compile(std::string_view sql, unsigned flags, const char** tail) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()), flags, &raw, tail);
  if (code != SQLITE_OK) return failure(code, sql, Phase::compiling);
  return Statement(raw);
}

Result<sqlite3_stmt*> Connection::prepared(std::string_view sql) {
  // Apart, so that a unit of work does not find our COMMIT among its statements.
  auto& statements = control_allowed_ ? control_statements_ : statements_;
  if (const auto found = statements.find(sql); found != statements.end()) return found->second.get();
  const char* tail = nullptr;
  MIBUN_TRY(Statement statement, compile(sql, SQLITE_PREPARE_PERSISTENT, &tail));
  if (statement == nullptr || !is_blank({tail, sql.data() + sql.size()})) {
    return fail(ErrorCode::database_error, place(sql), "exactly one statement is expected");
  }
  if (statements.size() >= kStatementsMax) statements.clear();  // none is running: every use ends before it returns
  return statements.emplace(std::string(sql), std::move(statement)).first->second.get();
}

Status Connection::step_through(std::string_view sql, std::span<const Value> parameters, const RowSink& on_row) {
  MIBUN_TRY(sqlite3_stmt* const statement, prepared(sql));
  const Running running(statement);
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(parameters.size())) {
    return fail(ErrorCode::database_error, place(sql), "the number of parameters does not match");
  }
  for (int index = 1; index <= static_cast<int>(parameters.size()); ++index) {
    const std::size_t number = parameter_number(statement, index);
    if (number < 1 || number > parameters.size()) {
      return fail(ErrorCode::database_error, place(sql), "parameters are ?, or $1 to $n");
    }
    const int code = bind(statement, index, parameters[number - 1]);
    if (code != SQLITE_OK) return failure(code, sql, Phase::running);
  }
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return failure(code, sql, Phase::running);
    MIBUN_CHECK(on_row(statement));
  }
}

Result<std::int64_t> Connection::execute(std::string_view sql, std::span<const Value> parameters) {
  // sqlite3_changes keeps the count of an earlier statement when this one changes no rows by its nature (DDL).
  const std::int64_t before = sqlite3_total_changes64(connection_.get());
  MIBUN_CHECK(step_through(sql, parameters, [](sqlite3_stmt*) { return Status(); }));
  if (sqlite3_total_changes64(connection_.get()) == before) return std::int64_t{0};
  return static_cast<std::int64_t>(sqlite3_changes64(connection_.get()));
}

Result<std::vector<Row>> Connection::query(std::string_view sql, std::span<const Value> parameters) {
  std::vector<Row> rows;
  MIBUN_CHECK(step_through(sql, parameters, [&](sqlite3_stmt* statement) -> Status {
    const int columns = sqlite3_column_count(statement);
    std::vector<Value> values;
    values.reserve(static_cast<std::size_t>(columns));
    for (int index = 0; index < columns; ++index) {
      MIBUN_TRY(values.emplace_back(), column(statement, index));
    }
    rows.emplace_back(std::move(values));
    return {};
  }));
  return rows;
}

Result<std::vector<Row>> Connection::control(std::string_view sql) {
  control_allowed_ = true;
  auto rows = query(sql, {});
  control_allowed_ = false;
  return rows;
}

Status Connection::execute_script(std::string_view sql) {
  while (!is_blank(sql)) {
    const char* tail = nullptr;
    MIBUN_TRY(const Statement statement, compile(sql, 0, &tail));
    if (statement != nullptr) {  // null: only a comment was left
      int code = SQLITE_ROW;
      while (code == SQLITE_ROW) code = sqlite3_step(statement.get());
      if (code != SQLITE_DONE) return failure(code, sql, Phase::running);
    }
    sql.remove_prefix(static_cast<std::size_t>(tail - sql.data()));
  }
  return {};
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

bool Connection::has_open_foreign_key() const {
  int open = 0;
  int unused = 0;
  sqlite3_db_status(connection_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &open, &unused, 0);
  return open != 0;
}

void Connection::forbid_checkpoint_on_close() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace mibun::database
