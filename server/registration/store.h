#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "platform/database/database.h"
#include "server/registration/unit.h"

// The tables of 0001_registration.sql and 0032_planned_accounts.sql.
namespace mibun::server::registration_store {

using database::Transaction;

struct AccountRow {
  std::string account_id, state;  // also "moved": the credential is one that the account had before
  Bytes public_key;               // 65 byte point; empty once erased
  std::uint32_t sign_count = 0;
  bool backup_eligible = false;
  std::string terms_version;
  Instant created_at;
  Authenticator authenticator;  // insert_account() alone keeps it; find_devices() reads it
};

Status insert_registration(Transaction& transaction, const std::string& id, BytesView challenge, Instant expires);
struct OpenRegistration {
  Bytes challenge;
  bool used = false;
};
// None when unknown or expired.
Result<std::optional<OpenRegistration>> find_registration(Transaction& transaction, std::string_view id, Instant now);
// Exactly one caller gets 1; everyone else 0 (rule R3).
Result<std::int64_t> finish_registration(Transaction& transaction, std::string_view id, std::string_view account_id);

// An account whose data key is about to be made. insert_account() ends it; one that is left has no account.
Status plan_account(Transaction& transaction, std::string_view account_id);
Status forget_plan(Transaction& transaction, std::string_view account_id);
Result<std::vector<std::string>> planned_accounts(Transaction& transaction);

// Errors: database_conflict when the credential or its tombstone is there, or an account had it before.
Status insert_account(Transaction& transaction, const AccountRow& account, BytesView credential_id_lookup,
                      BytesView revocation_lookup);
Result<std::optional<AccountRow>> find_account_by_credential(Transaction& transaction, BytesView credential_id_lookup);
Result<std::optional<std::string>> find_active_by_revocation(Transaction& transaction, BytesView revocation_lookup);
// What an assertion leaves: moves the counter forward only (WebAuthn, section 7.2), or leaves it at 0 for an
// authenticator that does not count, and only of the account's present key. Returns how many accounts changed.
struct Use {
  std::uint32_t count = 0;
  bool backed_up = false;
  std::int64_t day = 0;  // day_in_japan()
};
Result<std::int64_t> note_use(Transaction& transaction, std::string_view account_id, BytesView public_key,
                              const Use& use);
// Puts `unit` in the place of the key `old_key` and keeps that as one of before. Returns how many accounts changed: 0
// when it is closed or `old_key` is not its key. Errors: database_conflict (the new credential is or was somebody's).
Result<std::int64_t> replace_unit(Transaction& transaction, std::string_view account_id, BytesView old_key,
                                  const NewUnit& unit, Instant now);
Result<bool> is_credential_known(Transaction& transaction, BytesView credential_id_lookup);
Result<std::int64_t> accept_terms(Transaction& transaction, std::string_view account_id,
                                  std::string_view terms_version);
Result<std::int64_t> replace_revocation(Transaction& transaction, std::string_view account_id,
                                        BytesView revocation_lookup);
Status forget_moved_units(Transaction& transaction, std::string_view account_id);
// Of the account's one device. None: no such account.
Result<std::optional<Bytes>> credential_lookup_of(database::Transaction& transaction, std::string_view account_id);
Result<std::int64_t> close_account(Transaction& transaction, std::string_view account_id, std::string_view state,
                                   Instant now);

// The account's device first, then those that it had before, the last one first.
struct DeviceRow {
  Authenticator authenticator;
  bool known = false;  // the authenticator; what was registered before it was kept is not
  bool backup_eligible = false;
  std::optional<Instant> since;
  std::optional<std::int64_t> last_used_day;
  std::optional<Instant> moved_at;  // none: the device of today
};
Result<std::vector<DeviceRow>> find_devices(Transaction& transaction, std::string_view account_id);

Status purge_expired(Transaction& transaction, Instant now);

}  // namespace mibun::server::registration_store
