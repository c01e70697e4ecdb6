#include "platform/database/migrations.h"

#include <string>

#include "core/crypto/hash.h"

namespace mibun::database {
namespace {

constexpr std::string_view kSchemaTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " number INTEGER PRIMARY KEY, name TEXT NOT NULL, sql_sha256 BLOB NOT NULL) STRICT";

Bytes checksum(const Migration& migration) {
  const auto digest = crypto::sha256(migration.sql);
  return {digest.begin(), digest.end()};
}

std::unexpected<Error> mismatch(std::int64_t number, const char* detail) {
  return fail(ErrorCode::database_migration_mismatch, "migration " + std::to_string(number), detail);
}

Status check_recorded(const std::vector<Row>& recorded, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    const Row& row = recorded[i];
    const std::int64_t number = row.integer(0);
    if (i >= migrations.size()) return mismatch(number, "the database was made by a newer program");
    if (number != migrations[i].number) return mismatch(number, "an earlier migration is missing in the database");
    if (row.blob(1) != checksum(migrations[i])) return mismatch(number, "its SQL has changed since it was applied");
  }
  return {};
}

Status apply(Connection& connection, const Migration& migration) {
  MIBUN_CHECK(connection.execute_script(migration.sql));
  MIBUN_CHECK(connection.run("INSERT INTO schema_migrations (number, name, sql_sha256) VALUES (?, ?, ?)",
                             migration.number, migration.name, checksum(migration)));
  MIBUN_CHECK(connection.control("COMMIT"));
  return {};
}

Status apply_in_transaction(Connection& connection, const Migration& migration) {
  MIBUN_CHECK(connection.control("BEGIN IMMEDIATE"));
  Status applied = apply(connection, migration);
  if (!applied && connection.in_transaction()) static_cast<void>(connection.control("ROLLBACK"));
  return applied;
}

}  // namespace

Status migrate(Connection& connection, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    MIBUN_INVARIANT(migrations[i].number > (i == 0 ? 0 : migrations[i - 1].number));
  }
  MIBUN_CHECK(connection.execute(kSchemaTable, {}));
  MIBUN_TRY(const auto recorded,
            connection.query("SELECT number, sql_sha256 FROM schema_migrations ORDER BY number", {}));
  MIBUN_CHECK(check_recorded(recorded, migrations));
  for (const Migration& migration : migrations.subspan(recorded.size())) {
    MIBUN_CHECK(apply_in_transaction(connection, migration));
  }
  return {};
}

}  // namespace mibun::database
