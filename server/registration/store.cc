#include "server/registration/store.h"

#include "platform/records/record_class.h"

namespace mibun::server::registration_store {
namespace {

// Expired rows stay a little so that a late use is told "expired", not "unknown".
constexpr auto kKeepExpired = records::limit_of("sign-in");

}  // namespace

Status insert_registration(Transaction& transaction, const std::string& id, BytesView challenge, Instant expires) {
  MIBUN_CHECK(transaction.run("INSERT INTO registrations (registration_id, challenge, expires_at) VALUES ($1, $2, $3)",
                              id, challenge, expires.unix_milliseconds()));
  return {};
}

Result<std::optional<OpenRegistration>> find_registration(Transaction& transaction, std::string_view id, Instant now) {
  MIBUN_TRY(auto row, transaction.row("SELECT challenge, account_id FROM registrations WHERE registration_id = $1 AND "
                                      "expires_at > $2",
                                      id, now.unix_milliseconds()));
  if (!row) return std::optional<OpenRegistration>();
  return std::optional(OpenRegistration{row->blob(0), !row->is_null(1)});
}

Result<std::int64_t> finish_registration(Transaction& transaction, std::string_view id, std::string_view account_id) {
  return transaction.run("UPDATE registrations SET account_id = $2 WHERE registration_id = $1 AND account_id IS NULL",
                         id, account_id);
}

Status plan_account(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(transaction.run("INSERT INTO planned_accounts (account_id) VALUES ($1)", account_id));
  return {};
}

Status forget_plan(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM planned_accounts WHERE account_id = $1", account_id));
  return {};
}

Result<std::vector<std::string>> planned_accounts(Transaction& transaction) {
  MIBUN_TRY(const auto rows, transaction.rows("SELECT account_id FROM planned_accounts"));
  std::vector<std::string> accounts;
  for (const database::Row& row : rows) accounts.push_back(row.text(0));
  return accounts;
}

Status insert_account(Transaction& transaction, const AccountRow& account, BytesView credential_id_lookup,
                      BytesView revocation_lookup) {
  MIBUN_TRY(const bool known, is_credential_known(transaction, credential_id_lookup));
  if (known) return fail(ErrorCode::database_conflict, "credential");
  MIBUN_CHECK(forget_plan(transaction, account.account_id));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO accounts (account_id, state, credential_id_lookup, public_key, sign_count, backup_eligible, "
      "terms_version, revocation_lookup, created_at, unit_since, aaguid, transports, backed_up) VALUES ($1, 'active', "
      "$2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11)",
      account.account_id, credential_id_lookup, account.public_key, account.sign_count, account.backup_eligible ? 1 : 0,
      account.terms_version, revocation_lookup, account.created_at.unix_milliseconds(), account.authenticator.aaguid,
      account.authenticator.transports, account.authenticator.backed_up ? 1 : 0));
  return {};
}

Result<std::optional<AccountRow>> find_account_by_credential(Transaction& transaction, BytesView credential_id_lookup) {
  MIBUN_TRY(auto row, transaction.row("SELECT account_id, state, public_key, sign_count, backup_eligible, "
                                      "terms_version, created_at FROM accounts WHERE credential_id_lookup = $1",
                                      credential_id_lookup));
  if (!row) {
    MIBUN_TRY(row, transaction.row("SELECT account_id, 'moved', public_key, sign_count, backup_eligible, '', moved_at "
                                   "FROM moved_units WHERE credential_id_lookup = $1",
                                   credential_id_lookup));
  }
  if (!row) return std::optional<AccountRow>();
  AccountRow account{row->text(0),
                     row->text(1),
                     {},
                     static_cast<std::uint32_t>(row->integer(3)),
                     row->integer(4) != 0,
                     row->text(5),
                     Instant::from_unix_milliseconds(row->integer(6))};
  if (!row->is_null(2)) account.public_key = row->blob(2);
  return std::optional(std::move(account));
}

Result<std::optional<std::string>> find_active_by_revocation(Transaction& transaction, BytesView revocation_lookup) {
  MIBUN_TRY(auto row,
            transaction.row("SELECT account_id FROM accounts WHERE revocation_lookup = $1 AND state = 'active'",
                            revocation_lookup));
  if (!row) return std::optional<std::string>();
  return std::optional(row->text(0));
}

Result<std::int64_t> note_use(Transaction& transaction, std::string_view account_id, BytesView public_key,
                              const Use& use) {
  return transaction.run(
      "UPDATE accounts SET sign_count = $3, backed_up = $4, last_used_day = $5 WHERE account_id = $1 AND public_key = "
      "$2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0)) AND state = 'active'",
      account_id, public_key, use.count, use.backed_up ? 1 : 0, use.day);
}

Result<bool> is_credential_known(Transaction& transaction, BytesView credential_id_lookup) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT 1 FROM accounts WHERE credential_id_lookup = $1 UNION ALL SELECT 1 FROM "
                            "moved_units WHERE credential_id_lookup = $1",
                            credential_id_lookup));
  return row.has_value();
}

Result<std::int64_t> replace_unit(Transaction& transaction, std::string_view account_id, BytesView old_key,
                                  const NewUnit& unit, Instant now) {
  MIBUN_TRY(const bool known, is_credential_known(transaction, unit.credential_id_lookup));
  if (known) return fail(ErrorCode::database_conflict, "credential");
  MIBUN_TRY(const std::int64_t kept,
            transaction.run("INSERT INTO moved_units (credential_id_lookup, account_id, public_key, sign_count, "
                            "backup_eligible, moved_at, aaguid, transports, backed_up, unit_since, last_used_day) "
                            "SELECT credential_id_lookup, account_id, public_key, sign_count, backup_eligible, $3, "
                            "aaguid, transports, backed_up, unit_since, last_used_day FROM accounts WHERE account_id = "
                            "$1 AND public_key = $2 AND state = 'active'",
                            account_id, old_key, now.unix_milliseconds()));
  if (kept != 1) return kept;
  return transaction.run(
      "UPDATE accounts SET credential_id_lookup = $2, public_key = $3, sign_count = $4, backup_eligible = $5, "
      "terms_version = $6, aaguid = $7, transports = $8, backed_up = $9, unit_since = $10, last_used_day = NULL WHERE "
      "account_id = $1 AND state = 'active'",
      account_id, unit.credential_id_lookup, unit.public_key, unit.sign_count, unit.backup_eligible ? 1 : 0,
      unit.terms_version, unit.authenticator.aaguid, unit.authenticator.transports,
      unit.authenticator.backed_up ? 1 : 0, now.unix_milliseconds());
}

Result<std::int64_t> accept_terms(Transaction& transaction, std::string_view account_id,
                                  std::string_view terms_version) {
  return transaction.run("UPDATE accounts SET terms_version = $2 WHERE account_id = $1 AND state = 'active'",
                         account_id, terms_version);
}

Result<std::int64_t> replace_revocation(Transaction& transaction, std::string_view account_id,
                                        BytesView revocation_lookup) {
  return transaction.run("UPDATE accounts SET revocation_lookup = $2 WHERE account_id = $1 AND state = 'active'",
                         account_id, revocation_lookup);
}

Status forget_moved_units(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(
      transaction.run("UPDATE moved_units SET account_id = '', public_key = NULL, aaguid = NULL, transports = NULL, "
                      "backed_up = NULL, unit_since = NULL, last_used_day = NULL WHERE account_id = $1",
                      account_id));
  return {};
}

Result<std::optional<Bytes>> credential_lookup_of(Transaction& transaction, std::string_view account_id) {
  MIBUN_TRY(const auto row,
            transaction.row("SELECT credential_id_lookup FROM accounts WHERE account_id = $1", account_id));
  if (!row) return std::optional<Bytes>();
  return std::optional<Bytes>(row->blob(0));
}

Result<std::int64_t> close_account(Transaction& transaction, std::string_view account_id, std::string_view state,
                                   Instant now) {
  if (state == "erased") {
    MIBUN_CHECK(
        transaction.run("UPDATE accounts SET aaguid = NULL, transports = NULL, backed_up = NULL, unit_since = NULL, "
                        "last_used_day = NULL WHERE account_id = $1",
                        account_id));
  }
  return transaction.run(
      "UPDATE accounts SET state = $2, closed_at = $3, revocation_lookup = NULL, public_key = CASE WHEN $2 = 'erased' "
      "THEN NULL ELSE public_key END WHERE account_id = $1 AND state <> 'erased'",
      account_id, state, now.unix_milliseconds());
}

namespace {

DeviceRow read_device(const database::Row& row) {
  DeviceRow device;
  device.known = !row.is_null(1);
  if (device.known) device.authenticator = {row.blob(0), row.text(1), row.integer(2) != 0};
  device.backup_eligible = row.integer(3) != 0;
  if (!row.is_null(4)) device.since = Instant::from_unix_milliseconds(row.integer(4));
  if (!row.is_null(5)) device.last_used_day = row.integer(5);
  if (!row.is_null(6)) device.moved_at = Instant::from_unix_milliseconds(row.integer(6));
  return device;
}

}  // namespace

Result<std::vector<DeviceRow>> find_devices(Transaction& transaction, std::string_view account_id) {
  MIBUN_TRY(const auto rows,
            transaction.rows(
                "SELECT aaguid, transports, backed_up, backup_eligible, unit_since, last_used_day, NULL, "
                "-9223372036854775807 AS rank FROM accounts WHERE account_id = $1 UNION ALL SELECT aaguid, transports, "
                "backed_up, backup_eligible, unit_since, last_used_day, moved_at, -moved_at FROM "
                "moved_units WHERE account_id = $1 ORDER BY rank",
                account_id));
  std::vector<DeviceRow> devices;
  for (const database::Row& row : rows) devices.push_back(read_device(row));
  return devices;
}

Status purge_expired(Transaction& transaction, Instant now) {
  const std::int64_t before = (now - kKeepExpired).unix_milliseconds();
  MIBUN_CHECK(transaction.run("DELETE FROM registrations WHERE expires_at < $1", before));
  return {};
}

}  // namespace mibun::server::registration_store
