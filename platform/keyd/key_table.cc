#include "platform/keyd/key_table.h"

namespace mibun::keyd::key_table {
namespace {

constexpr database::Migration kMigrations[] = {
    {1, "0001_keys",
     "CREATE TABLE keys ("
     " purpose TEXT NOT NULL CHECK (purpose IN ('person_key', 'service_key')),"
     " name TEXT NOT NULL CHECK (name <> ''),"
     " wrapped BLOB NOT NULL,"
     " UNIQUE (purpose, name)) STRICT;"
     "CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;"}};

}  // namespace

Result<std::unique_ptr<database::Database>> open(const std::string& directory) {
  return database::Database::open(directory + "/keyd.db", kMigrations);
}

Result<std::optional<std::int64_t>> epoch(database::Transaction& transaction) {
  MIBUN_TRY(const auto row, transaction.row("SELECT number FROM epoch"));
  return row ? std::optional(row->integer(0)) : std::nullopt;
}

Status set_epoch(database::Transaction& transaction, std::int64_t number) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO epoch (one, number) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET number = excluded.number",
      number));
  return {};
}

Status insert(database::Transaction& transaction, const WrappedKey& key) {
  MIBUN_CHECK(transaction.run("INSERT INTO keys (purpose, name, wrapped) VALUES (?, ?, ?)", key.purpose, key.name,
                              key.wrapped));
  return {};
}

Status replace(database::Transaction& transaction, const WrappedKey& key) {
  MIBUN_CHECK(transaction.run("UPDATE keys SET wrapped = ? WHERE purpose = ? AND name = ?", key.wrapped, key.purpose,
                              key.name));
  return {};
}

Result<std::optional<Bytes>> find(database::Transaction& transaction, std::string_view purpose, std::string_view name) {
  MIBUN_TRY(const auto row, transaction.row("SELECT wrapped FROM keys WHERE purpose = ? AND name = ?", purpose, name));
  return row ? std::optional(row->blob(0)) : std::nullopt;
}

Result<std::vector<WrappedKey>> all(database::Transaction& transaction) {
  MIBUN_TRY(const auto rows, transaction.rows("SELECT purpose, name, wrapped FROM keys"));
  std::vector<WrappedKey> keys;
  keys.reserve(rows.size());
  for (const database::Row& row : rows) keys.push_back({row.text(0), row.text(1), row.blob(2)});
  return keys;
}

Status remove(database::Transaction& transaction, std::string_view purpose, std::string_view name) {
  MIBUN_CHECK(transaction.run("DELETE FROM keys WHERE purpose = ? AND name = ?", purpose, name));
  return {};
}

}  // namespace mibun::keyd::key_table
