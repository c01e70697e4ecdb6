#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

// Signing keys that may lie in a table (signing_table.h), here or with whoever has them.
class MayHaveTable {
 public:
  virtual ~MayHaveTable() = default;
  // The table as the bytes of its file, for a backup: without the key of its epoch, which is in no backup, it is worth
  // nothing. None where they lie in files. Errors: keyd_integrity_error, and those of SigningKeys.
  virtual Result<std::optional<Bytes>> copy_table() = 0;
};

inline Result<std::optional<Bytes>> copy_table_of(SigningKeys& keys) {
  auto* const table = dynamic_cast<MayHaveTable*>(&keys);
  // Who stands in front of keys and does not say would leave them out of every backup.
  if (table == nullptr)
    return fail(ErrorCode::invalid_argument, "signing_keys", "nobody knows whether they have a table");
  return table->copy_table();
}

}  // namespace mibun::keyd
