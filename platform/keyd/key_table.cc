#include "platform/keyd/key_table.h"

namespace mibun::keyd::key_table {
namespace {

constexpr database::Migration kMigrations[] = {
    {1, "0001_keys",
     "CREATE TABLE slots (id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL CHECK (length(wrapped) = 60)) STRICT;"
     "CREATE TABLE names ("
     " purpose TEXT NOT NULL CHECK (purpose IN ('person_key', 'service_key')),"
     " name TEXT NOT NULL CHECK (name <> ''),"
     " slot INTEGER NOT NULL REFERENCES slots (id),"
     " UNIQUE (purpose, name)) STRICT;"
     "CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;"},
    {2, "0002_generation",
     "CREATE TABLE generation (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;"},
    {3, "0003_seal",
     "CREATE TABLE seal (one INTEGER PRIMARY KEY CHECK (one = 1), tag BLOB NOT NULL CHECK (length(tag) = 32)) "
     "STRICT;"}};

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

Result<std::int64_t> generation(database::Transaction& transaction) {
  MIBUN_TRY(const auto row, transaction.row("SELECT number FROM generation"));
  return row ? row->integer(0) : 0;
}

Status set_generation(database::Transaction& transaction, std::int64_t number) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO generation (one, number) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET number = excluded.number",
      number));
  return {};
}

Result<std::optional<Bytes>> tag(database::Transaction& transaction) {
  MIBUN_TRY(const auto row, transaction.row("SELECT tag FROM seal"));
  return row ? std::optional(row->blob(0)) : std::nullopt;
}

Status set_tag(database::Transaction& transaction, BytesView tag) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO seal (one, tag) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET tag = excluded.tag", tag));
  return {};
}

Status insert(database::Transaction& transaction, const WrappedKey& key) {
  MIBUN_TRY(const auto slot, transaction.row("INSERT INTO slots (wrapped) VALUES (?) RETURNING id", key.wrapped));
  MIBUN_CHECK(transaction.run("INSERT INTO names (purpose, name, slot) VALUES (?, ?, ?)", key.purpose, key.name,
                              slot->integer(0)));
  return {};
}

Status replace(database::Transaction& transaction, const WrappedKey& key) {
  MIBUN_CHECK(
      transaction.run("UPDATE slots SET wrapped = ? WHERE id = (SELECT slot FROM names WHERE purpose = ? AND name = ?)",
                      key.wrapped, key.purpose, key.name));
  return {};
}

Result<std::optional<Bytes>> find(database::Transaction& transaction, std::string_view purpose, std::string_view name) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT wrapped FROM names JOIN slots ON id = slot WHERE purpose = ? AND name = ?", purpose,
                            name));
  return row ? std::optional(row->blob(0)) : std::nullopt;
}

Result<std::vector<WrappedKey>> all(database::Transaction& transaction) {
  MIBUN_TRY(const auto rows, transaction.rows("SELECT purpose, name, wrapped FROM names JOIN slots ON id = slot"));
  std::vector<WrappedKey> keys;
  keys.reserve(rows.size());
  for (const database::Row& row : rows) keys.push_back({row.text(0), row.text(1), row.blob(2)});
  return keys;
}

Status remove(database::Transaction& transaction, std::string_view purpose, std::string_view name) {
  static const Bytes zeros(kWrappedKeySize);
  MIBUN_CHECK(replace(transaction, {std::string(purpose), std::string(name), zeros}));
  MIBUN_CHECK(transaction.run("DELETE FROM names WHERE purpose = ? AND name = ?", purpose, name));
  return {};
}

}  // namespace mibun::keyd::key_table
