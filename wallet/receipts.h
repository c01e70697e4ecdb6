#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/receipt/receipt.h"
#include "wallet/host.h"

namespace mibun::wallet {

// Receipts that this wallet keeps, each checked when it came and again when it is read.
//   "consent.<hash>"  the text that was agreed to and where its receipt can be had; written before anything is sent
//   "receipt.<hash>"  the receipt
// `hash`: oid4vp::consent_hash of the text.
struct KeptReceipt {
  std::string name;  // "receipt.<hash>"
  std::string text;
  receipt::CheckedReceipt checked;
};

// Before an answer is sent. Errors: those of the store.
Status remember_consent(Store& store, std::string_view consent, std::string_view gateway_origin);
// Fetches, checks and keeps the receipt of a remembered consent; returns its name. A receipt about another text than
// the one agreed to is receipt_consent_mismatch. Errors: http_*, receipt_*, jwt_*, not_found.
Result<std::string> fetch_receipt(const Host& host, const std::string& hash);
// The receipts that are still to come, and those that cannot be fetched now stay so. Returns how many are missing.
Result<std::size_t> fetch_missing_receipts(const Host& host);
// "receipt.<hash>", and the hash of such a name: empty when it is none.
std::string receipt_name(std::string_view hash);
std::string_view receipt_hash(std::string_view name);
// Errors: those of the store and of check_receipt.
Result<KeptReceipt> read_receipt(const Host& host, const std::string& name);
Result<std::vector<KeptReceipt>> list_receipts(const Host& host);

}  // namespace mibun::wallet
