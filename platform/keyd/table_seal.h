#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "platform/keyd/key_table.h"

namespace mibun::keyd {

// Shows that a key table is as its holder wrote it: neither forged nor put together from pieces of older ones. A keyed
// sum over all rows (MSet-Add-Hash of Clarke and others, 2003), so that a write costs a hash for each row that it
// touches and no look at the others:
//
//   tag = HMAC(key, "table", generation, epoch) + the sum of HMAC(key, "row", purpose, name, wrapped), modulo 2^256
//
// A generation is never used for two contents, so each tag is masked anew and tells nothing of the sum. Adding, unlike
// XOR, also tells a row that stands there twice. The key is made with each epoch and lies in the table itself, wrapped
// by the epoch key (key_table::kTableSealName): whoever has no epoch key can make no tag. An old table as a whole
// carries a good tag; the generation is what tells that one (replicas.h).
class TableSeal {
 public:
  using Sum = std::array<std::uint8_t, key_table::kTagSize>;

  explicit TableSeal(SecretBytes key) : key_(std::move(key)) {}

  Sum of_row(const key_table::WrappedKey& row) const;
  Sum mask(std::int64_t generation, std::int64_t epoch) const;
  // Reads every row. Also refuses what a table of ours does not have: triggers and views. Errors: keyd_integrity_error.
  Status verify(database::Transaction& transaction) const;

 private:
  const SecretBytes key_;
};

// A key table in the course of one write: whatever is changed through it keeps the tag right. Between begin() and end()
// of one transaction.
class SealedTable {
 public:
  // `seal`: null for a table that is new, or of before there were seals. Errors: keyd_integrity_error (no tag, or no
  // epoch), database_error.
  static Result<SealedTable> begin(database::Transaction& transaction, const TableSeal* seal);

  database::Transaction& transaction() const { return transaction_; }
  std::int64_t generation() const { return generation_; }

  // As in key_table.h.
  Status insert(const key_table::WrappedKey& key);
  Status remove(std::string_view purpose, std::string_view name);
  // Everything anew under another epoch and its seal: `keys` is all that the table has afterwards.
  Status begin_epoch(std::int64_t epoch, std::span<const key_table::WrappedKey> keys, const TableSeal& seal);

  Status end(std::int64_t generation);

 private:
  SealedTable(database::Transaction& transaction, const TableSeal* seal) : transaction_(transaction), seal_(seal) {}
  database::Transaction& transaction_;
  const TableSeal* seal_;
  std::int64_t generation_ = 0, epoch_ = 0;
  TableSeal::Sum sum_{};
};

}  // namespace mibun::keyd
