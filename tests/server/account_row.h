#pragma once

#include <string>

#include "core/jose/jwk.h"
#include "server/registration/accounts.h"
#include "server/registration/store.h"
#include "tests/support/test_pki.h"

// For the tests of one room alone: an account with a key, as registering leaves it in the database.
namespace mibun::server {

inline Account account_row(database::Database& database, std::string id) {
  Account account{{std::move(id)}, crypto::P256PrivateKey::generate().public_key(), {}};
  account.key_thumbprint = jose::Jwk(account.device_key).thumbprint();
  must(database.write([&](database::Transaction& transaction) {
    registration_store::AccountRow row;
    row.account_id = account.id.value;
    row.public_key = to_bytes(account.device_key.point());
    row.created_at = kTestNow;
    return registration_store::insert_account(transaction, row, to_bytes("credential of " + account.id.value),
                                              to_bytes("revocation code of " + account.id.value));
  }));
  return account;
}

// The account as its new device has it: the wallet has moved, and whoever holds `account` is the old device.
inline Account moved_row(database::Database& database, const Account& account) {
  Account moved{account.id, crypto::P256PrivateKey::generate().public_key(), {}};
  moved.key_thumbprint = jose::Jwk(moved.device_key).thumbprint();
  NewUnit unit;
  unit.credential_id_lookup = to_bytes("credential " + moved.key_thumbprint);
  unit.public_key = to_bytes(moved.device_key.point());
  must(database.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t changed, registration_store::replace_unit(transaction, account.id.value,
                                                                           account.device_key.point(), unit, kTestNow));
    return changed == 1 ? Status{} : fail(ErrorCode::assertion_invalid, "account");
  }));
  return moved;
}

}  // namespace mibun::server
