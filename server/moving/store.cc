#include "server/moving/store.h"

namespace mibun::server::moving_store {
namespace {

Bytes optional_blob(const database::Row& row, std::size_t column) {
  return row.is_null(column) ? Bytes() : row.blob(column);
}

UnitRow read_unit(const database::Row& row) {
  return {.new_watch_sha256 = row.blob(9),
          .credential_id_lookup = row.blob(11),
          .public_key = row.blob(12),
          .seal_key = row.blob(16),
          .tag = row.blob(17),
          .sealed_name = row.blob(18),
          .sign_count = static_cast<std::uint32_t>(row.integer(13)),
          .backup_eligible = row.integer(14) != 0,
          .terms_version = row.text(15),
          .joined_at = Instant::from_unix_milliseconds(row.integer(10)),
          .authenticator = {.aaguid = optional_blob(row, 22),
                            .transports = row.is_null(23) ? std::string() : row.text(23),
                            .backed_up = row.integer(24) != 0}};
}

}  // namespace

Status replace(Transaction& transaction, const MoveRow& move) {
  MIBUN_CHECK(erase(transaction, move.account_id));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO moves (move_id, account_id, state, expires_at, proof_sha256, old_watch_sha256, old_key, commitment, "
      "commitment_tag) VALUES ($1, $2, 'made', $3, $4, $5, $6, $7, $8)",
      move.move_id, move.account_id, move.expires.unix_milliseconds(), move.proof_sha256, move.old_watch_sha256,
      move.old_key, move.commitment, move.commitment_tag));
  return {};
}

Result<std::optional<MoveRow>> find(Transaction& transaction, std::string_view move_id) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT move_id, account_id, state, expires_at, proof_sha256, old_watch_sha256, old_key, "
                            "tries, nonce, new_watch_sha256, joined_at, credential_id_lookup, public_key, sign_count, "
                            "backup_eligible, terms_version, seal_key, tag, sealed_name, sealed_luggage, commitment, "
                            "commitment_tag, aaguid, transports, backed_up FROM moves WHERE move_id = $1",
                            move_id));
  if (!row) return std::optional<MoveRow>();
  MoveRow move{.move_id = row->text(0),
               .account_id = row->text(1),
               .state = row->text(2),
               .expires = Instant::from_unix_milliseconds(row->integer(3)),
               .proof_sha256 = row->blob(4),
               .old_watch_sha256 = row->blob(5),
               .old_key = row->blob(6),
               .tries = row->integer(7),
               .nonce = optional_blob(*row, 8),
               .unit = {},
               .sealed_luggage = optional_blob(*row, 19),
               .commitment = optional_blob(*row, 20),
               .commitment_tag = optional_blob(*row, 21)};
  if (!row->is_null(9)) move.unit = read_unit(*row);
  return std::optional(std::move(move));
}

Result<std::optional<MoveRow>> find_by_proof(Transaction& transaction, BytesView proof_sha256) {
  MIBUN_TRY(const auto row, transaction.row("SELECT move_id FROM moves WHERE proof_sha256 = $1", proof_sha256));
  if (!row) return std::optional<MoveRow>();
  return find(transaction, row->text(0));
}

Status count_try(Transaction& transaction, std::string_view move_id, std::int64_t tries_max) {
  MIBUN_CHECK(
      transaction.run("UPDATE moves SET tries = tries + 1, state = CASE WHEN tries + 1 >= $2 THEN 'locked' "
                      "ELSE state END WHERE move_id = $1 AND state = 'made'",
                      move_id, tries_max));
  return {};
}

Result<std::int64_t> join(Transaction& transaction, std::string_view move_id, const UnitRow& unit, Instant now) {
  return transaction.run(
      "UPDATE moves SET state = 'joined', new_watch_sha256 = $2, joined_at = $3, credential_id_lookup = $4, public_key "
      "= $5, sign_count = $6, backup_eligible = $7, terms_version = $8, seal_key = $9, tag = $10, sealed_name = $11, "
      "aaguid = $12, transports = $13, backed_up = $14 WHERE move_id = $1 AND state = 'made' AND expires_at > $3",
      move_id, unit.new_watch_sha256, now.unix_milliseconds(), unit.credential_id_lookup, unit.public_key,
      unit.sign_count, unit.backup_eligible ? 1 : 0, unit.terms_version, unit.seal_key, unit.tag, unit.sealed_name,
      unit.authenticator.aaguid, unit.authenticator.transports, unit.authenticator.backed_up ? 1 : 0);
}

Result<std::int64_t> open(Transaction& transaction, std::string_view move_id, BytesView nonce, Instant now) {
  return transaction.run(
      "UPDATE moves SET state = 'opened', nonce = $2 WHERE move_id = $1 AND (state = 'joined' OR "
      "(state = 'opened' AND nonce = $2)) AND expires_at > $3",
      move_id, nonce, now.unix_milliseconds());
}

Result<std::int64_t> confirm(Transaction& transaction, std::string_view move_id, BytesView public_key,
                             BytesView sealed_luggage, Instant now, Instant kept_until) {
  return transaction.run(
      "UPDATE moves SET state = 'confirmed', sealed_luggage = $3, expires_at = $5 WHERE move_id = $1 AND public_key = "
      "$2 AND state = 'opened' AND expires_at > $4",
      move_id, public_key, sealed_luggage, now.unix_milliseconds(), kept_until.unix_milliseconds());
}

Status complete(Transaction& transaction, std::string_view move_id) {
  MIBUN_CHECK(transaction.run(
      "UPDATE moves SET state = 'completed', sealed_luggage = NULL, sealed_name = x'' WHERE move_id = $1", move_id));
  return {};
}

Result<std::int64_t> cancel(Transaction& transaction, std::string_view move_id) {
  return transaction.run("DELETE FROM moves WHERE move_id = $1 AND state NOT IN ('confirmed', 'completed')", move_id);
}

Status erase(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM moves WHERE account_id = $1", account_id));
  return {};
}

Status purge_expired(Transaction& transaction, Instant now) {
  MIBUN_CHECK(
      transaction.run("DELETE FROM moves WHERE expires_at <= $1 AND state <> 'confirmed'", now.unix_milliseconds()));
  MIBUN_CHECK(
      transaction.run("UPDATE moves SET sealed_luggage = NULL WHERE expires_at <= $1", now.unix_milliseconds()));
  return {};
}

}  // namespace mibun::server::moving_store
