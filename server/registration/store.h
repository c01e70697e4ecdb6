#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "platform/database/database.h"

// The tables of 0001_registration.sql.
namespace mibun::server::registration_store {

using database::Transaction;

struct AccountRow {
  std::string account_id, state;
  Bytes public_key;  // 65 byte point; empty once erased
  std::uint32_t sign_count = 0;
  bool backup_eligible = false;
  std::string terms_version;
  Instant created_at;
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

// Errors: database_conflict when the credential or its tombstone is there.
Status insert_account(Transaction& transaction, const AccountRow& account, BytesView credential_id_lookup,
                      BytesView revocation_lookup);
Result<std::optional<AccountRow>> find_account_by_credential(Transaction& transaction, BytesView credential_id_lookup);
Result<std::optional<std::string>> find_active_by_revocation(Transaction& transaction, BytesView revocation_lookup);
// Moves the counter forward only from `expected`, so that two assertions cannot both count.
Result<std::int64_t> update_sign_count(Transaction& transaction, std::string_view account_id, std::uint32_t expected,
                                       std::uint32_t next);
Result<std::int64_t> close_account(Transaction& transaction, std::string_view account_id, std::string_view state,
                                   Instant now);

struct AssertionRow {
  std::string assertion_id;
  Bytes challenge;
  std::string method, target;
  Bytes body_sha256;
  Instant expires;
  bool used = false;
};
Status insert_assertion(Transaction& transaction, const AssertionRow& row);
Result<std::optional<AssertionRow>> find_assertion(Transaction& transaction, std::string_view assertion_id);
Result<std::int64_t> use_assertion(Transaction& transaction, std::string_view assertion_id);

Status purge_expired(Transaction& transaction, Instant now);

}  // namespace mibun::server::registration_store
