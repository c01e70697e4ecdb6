#pragma once

#include <string>

#include "core/receipt/receipt.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

struct Deletion {
  std::string receipt_text;  // the server's signed word on what was erased; to be kept outside the wallet
  receipt::ErasureReceipt content;
};

// Erases the account at the server, checks the receipt, and only then destroys every key and record of this wallet.
// The person is asked now, whatever was proved before. With a receipt that is not right, the wallet stays as it is (it
// holds the receipt as "receipt.erasure"), so that the person has something in hand.
// Errors: those of account_request, receipt_*, jwt_*.
Result<Deletion> delete_account(const Host& host, ServerApi& api, Profile& profile);

// Every key first, then every record.
Status destroy_everything(const Host& host, const Profile& profile);

}  // namespace mibun::wallet
