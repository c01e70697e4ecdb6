#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "platform/database/database.h"
#include "server/registration/unit.h"

// The table moves of 0023_moves.sql.
namespace mibun::server::moving_store {

using database::Transaction;

// What the new device showed of itself.
struct UnitRow {
  Bytes new_watch_sha256, credential_id_lookup, public_key, seal_key, tag, sealed_name;
  std::uint32_t sign_count = 0;
  bool backup_eligible = false;
  std::string terms_version;
  Instant joined_at;
  Authenticator authenticator;
};

struct MoveRow {
  std::string move_id, account_id, state;
  Instant expires;
  Bytes proof_sha256, old_watch_sha256, old_key;
  std::int64_t tries = 0;
  Bytes nonce;  // empty until it was opened
  std::optional<UnitRow> unit;
  Bytes sealed_luggage;              // empty when there is none
  Bytes commitment, commitment_tag;  // empty when the old device sent none
};

// In the place of an earlier move of the same account. Errors: database_conflict (a move has this proof).
Status replace(Transaction& transaction, const MoveRow& move);
Result<std::optional<MoveRow>> find(Transaction& transaction, std::string_view move_id);
Result<std::optional<MoveRow>> find_by_proof(Transaction& transaction, BytesView proof_sha256);

Status count_try(Transaction& transaction, std::string_view move_id, std::int64_t tries_max);
// Each goes from one state to the next, once (rule R3), and gives how many rows did.
Result<std::int64_t> join(Transaction& transaction, std::string_view move_id, const UnitRow& unit, Instant now);
Result<std::int64_t> open(Transaction& transaction, std::string_view move_id, BytesView nonce, Instant now);
Result<std::int64_t> confirm(Transaction& transaction, std::string_view move_id, BytesView public_key,
                             BytesView sealed_luggage, Instant now, Instant kept_until);
Status complete(Transaction& transaction, std::string_view move_id);
Result<std::int64_t> cancel(Transaction& transaction, std::string_view move_id);

Status erase(Transaction& transaction, std::string_view account_id);
// A move that was confirmed stays until its device has come, but for what was packed for it.
Status purge_expired(Transaction& transaction, Instant now);

}  // namespace mibun::server::moving_store
