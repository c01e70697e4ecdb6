#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "wallet/host.h"

namespace mibun::wallet {

// What became of the person's word to a partner: delete what I shared.
struct PartnerDeletion {
  std::string id;
  std::string state;  // "sent", "received", "done", "overdue"
  Instant asked_at, due_at;
  std::optional<Instant> done_at;
};

// The gateway that signed the receipt is asked, without any word of who asks: the receipt is the proof. Kept as
// "deletion.<hash>", with a secret that only this wallet has; asked again after an answer that got lost, it is the same
// request. `receipt`: the name of a consent receipt, fetched now if it is still to come.
// Errors: not_found (no such consent), http_*, receipt_*, wallet_server_refused.
Result<PartnerDeletion> ask_partner_to_delete(const Host& host, const std::string& receipt);
// As it is known here; none when it was never asked. Errors: those of the store.
Result<std::optional<PartnerDeletion>> known_deletion(const Host& host, const std::string& receipt);
// What the gateway says now, kept. What is done is not asked for again. Errors: not_found (never asked), http_*,
// wallet_server_refused.
Result<PartnerDeletion> deletion_now(const Host& host, const std::string& receipt);

}  // namespace mibun::wallet
