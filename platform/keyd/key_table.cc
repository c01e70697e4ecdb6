#include "platform/keyd/key_table.h"

namespace mibun::keyd::key_table {
namespace {

#define MIBUN_KEYS_OF(purpose)                                                                              \
  "CREATE TABLE slots (id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL CHECK (length(wrapped) = 60)) STRICT;" \
  "CREATE TABLE names ("                                                                                    \
  " purpose TEXT NOT NULL CHECK (purpose IN ('" purpose                                                     \
  "', 'service_key')),"                                                                                     \
  " name TEXT NOT NULL CHECK (name <> ''),"                                                                 \
  " slot INTEGER NOT NULL REFERENCES slots (id),"                                                           \
  " UNIQUE (purpose, name)) STRICT;"                                                                        \
  "CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;"

constexpr database::Migration kGeneration = {
    2, "0002_generation",
    "CREATE TABLE generation (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;"};
constexpr database::Migration kSeal = {
    3, "0003_seal",
    "CREATE TABLE seal (one INTEGER PRIMARY KEY CHECK (one = 1), tag BLOB NOT NULL CHECK (length(tag) = 32)) STRICT;"};
constexpr database::Migration kPapers = {
    4, "0004_papers", "CREATE TABLE papers (name TEXT PRIMARY KEY CHECK (name <> ''), content BLOB NOT NULL) STRICT;"};

constexpr database::Migration kOfPersons[] = {
    {1, "0001_keys", MIBUN_KEYS_OF("person_key")}, kGeneration, kSeal, kPapers};
constexpr database::Migration kOfSigning[] = {
    {1, "0001_keys", MIBUN_KEYS_OF("signing_key")}, kGeneration, kSeal, kPapers};

#undef MIBUN_KEYS_OF

std::string file_in(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

}  // namespace

Result<std::unique_ptr<database::Database>> open(const std::string& directory) {
  return database::Database::open(file_in(directory, kPersonsFile), kOfPersons);
}

Result<std::unique_ptr<database::Database>> open_signing(const std::string& directory) {
  return database::Database::open(file_in(directory, kSigningFile), kOfSigning);
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
  if (key.purpose == kPaper) {
    MIBUN_CHECK(transaction.run("INSERT INTO papers (name, content) VALUES (?, ?)", key.name, key.wrapped));
    return {};
  }
  MIBUN_TRY(const auto slot, transaction.row("INSERT INTO slots (wrapped) VALUES (?) RETURNING id", key.wrapped));
  MIBUN_CHECK(transaction.run("INSERT INTO names (purpose, name, slot) VALUES (?, ?, ?)", key.purpose, key.name,
                              slot->integer(0)));
  return {};
}

Status replace(database::Transaction& transaction, const WrappedKey& key) {
  if (key.purpose == kPaper) {
    MIBUN_CHECK(transaction.run("UPDATE papers SET content = ? WHERE name = ?", key.wrapped, key.name));
    return {};
  }
  MIBUN_CHECK(
      transaction.run("UPDATE slots SET wrapped = ? WHERE id = (SELECT slot FROM names WHERE purpose = ? AND name = ?)",
                      key.wrapped, key.purpose, key.name));
  return {};
}

Result<std::optional<Bytes>> find(database::Transaction& transaction, std::string_view purpose, std::string_view name) {
  if (purpose == kPaper) {
    MIBUN_TRY(const auto paper, transaction.row("SELECT content FROM papers WHERE name = ?", name));
    return paper ? std::optional(paper->blob(0)) : std::nullopt;
  }
  MIBUN_TRY(const auto row,
            transaction.row("SELECT wrapped FROM names JOIN slots ON id = slot WHERE purpose = ? AND name = ?", purpose,
                            name));
  return row ? std::optional(row->blob(0)) : std::nullopt;
}

Result<std::vector<WrappedKey>> all(database::Transaction& transaction) {
  MIBUN_TRY(const auto rows, transaction.rows("SELECT purpose, name, wrapped FROM names JOIN slots ON id = slot "
                                              "UNION ALL SELECT 'paper', name, content FROM papers"));
  std::vector<WrappedKey> keys;
  keys.reserve(rows.size());
  for (const database::Row& row : rows) keys.push_back({row.text(0), row.text(1), row.blob(2)});
  return keys;
}

Status remove(database::Transaction& transaction, std::string_view purpose, std::string_view name) {
  if (purpose == kPaper) {
    MIBUN_CHECK(transaction.run("DELETE FROM papers WHERE name = ?", name));
    return {};
  }
  static const Bytes zeros(kWrappedKeySize);
  MIBUN_CHECK(replace(transaction, {std::string(purpose), std::string(name), zeros}));
  MIBUN_CHECK(transaction.run("DELETE FROM names WHERE purpose = ? AND name = ?", purpose, name));
  return {};
}

}  // namespace mibun::keyd::key_table
