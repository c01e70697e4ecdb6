#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/database/database.h"

// The rows of keyd.db. All inside a transaction of the caller.
//
// A wrapped key lies in a slot: a row of fixed size that is appended, overwritten in place, and never removed. Removing
// rows makes SQLite move their neighbours between pages, and secure_delete leaves copies of what was moved (seen once
// in 1900 removals); a key destroyed later would survive in such a copy.
namespace mibun::keyd::key_table {

inline constexpr std::size_t kWrappedKeySize = 12 + 32 + 16;  // IV, key, tag
inline constexpr std::string_view kPersonKey = "person_key";
inline constexpr std::string_view kServiceKey = "service_key";
inline constexpr std::string_view kSigningKey = "signing_key";  // a scalar on P-256; in signing.db alone
// What anybody may read and nobody may change: certificates, public parts. Of any length, and in clear.
inline constexpr std::string_view kPaper = "paper";
inline constexpr std::string_view kTableSealName = "table_seal";  // a service key: table_seal.h
inline constexpr std::string_view kLookupKeyName = "lookup_of_sealed";
// What the lookup key was called before tables had a tag. Nobody without that epoch's key can make such a row, so a
// table that has it and no tag is old, and no table whose tag was taken away.
inline constexpr std::string_view kUnsealedLookupKeyName = "lookup";
inline constexpr std::size_t kTagSize = 32;

struct WrappedKey {
  std::string purpose;
  std::string name;  // the person's id, or the service key's name
  Bytes wrapped;     // kWrappedKeySize; of a paper its content
};

// The generation and the epoch's number of a copy that lies somewhere (database/backup.h).
inline constexpr std::string_view kGenerationQuery = "SELECT number FROM generation";
inline constexpr std::string_view kEpochQuery = "SELECT number FROM epoch";

inline constexpr std::string_view kPersonsFile = "keyd.db";
inline constexpr std::string_view kSigningFile = "signing.db";

// "keyd.db": the keys of persons.
Result<std::unique_ptr<database::Database>> open(const std::string& directory);
// "signing.db": a table of the same kind for the keys that the platform signs with, which are in backups and outlive
// every person's.
Result<std::unique_ptr<database::Database>> open_signing(const std::string& directory);

// The epoch all rows are wrapped under; none in a new table.
Result<std::optional<std::int64_t>> epoch(database::Transaction& transaction);
Status set_epoch(database::Transaction& transaction, std::int64_t number);

// How far this copy of the table has come: see replicas.h. 0 in a new table.
Result<std::int64_t> generation(database::Transaction& transaction);
Status set_generation(database::Transaction& transaction, std::int64_t number);

// See table_seal.h; none in a table that is new, or of before there were tags.
Result<std::optional<Bytes>> tag(database::Transaction& transaction);
Status set_tag(database::Transaction& transaction, BytesView tag);

// Errors: database_conflict (there is one of that purpose and name).
Status insert(database::Transaction& transaction, const WrappedKey& key);
Status replace(database::Transaction& transaction, const WrappedKey& key);
Result<std::optional<Bytes>> find(database::Transaction& transaction, std::string_view purpose, std::string_view name);
Result<std::vector<WrappedKey>> all(database::Transaction& transaction);
// Overwrites the slot with zeros. No such key: no error.
Status remove(database::Transaction& transaction, std::string_view purpose, std::string_view name);

}  // namespace mibun::keyd::key_table
