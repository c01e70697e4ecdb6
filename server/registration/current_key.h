#pragma once

#include "server/registration/accounts.h"

namespace mibun::server {

// In the transaction of an effect that binds something to the device: between the assertion and now the account may
// have been closed, or its wallet moved. Errors: assertion_invalid.
inline Status require_current_key(database::Transaction& transaction, const Account& account) {
  MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM accounts WHERE account_id = $1 AND state = 'active' AND "
                                            "public_key = $2",
                                            account.id.value, account.device_key.point()));
  if (!row) return fail(ErrorCode::assertion_invalid, "account", "closed, or it has another key by now");
  return {};
}

}  // namespace mibun::server
