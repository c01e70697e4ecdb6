#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "wallet/host.h"

namespace mibun::wallet {

// What is needed to come back to the issuer of a card: "grant.<card id>" in the sealed store. The tokens are worth
// nothing without the DPoP key, which never leaves the key store.
struct IssuerGrant {
  std::string card_id;
  std::string credential_issuer, authorization_server, configuration_id;
  bool anonymous = true;  // the issuer was not told which wallet software this is, and is not told later
  KeyId dpop_key, instance_key;
  std::optional<std::string> refresh_token;
  std::optional<std::string> notification_id;  // of the newest copies
  unsigned renewals_failed = 0;                // in a row
  std::string renewal_failure = {};            // the code of the last of them; empty: none
  Instant renew_again_at = {};                 // not by itself before then
  friend bool operator==(const IssuerGrant&, const IssuerGrant&) = default;
};

// A card that its issuer needs time for: "pending.<card id>", beside the grant of the same id.
struct PendingCard {
  std::string id;  // of the card that it will be
  std::string name_ja, name_en, issuer_name_ja, issuer_name_en;
  std::string transaction_id, access_token;
  std::vector<KeyId> keys;  // that were proven
  Instant asked_at, ask_again_at;
  friend bool operator==(const PendingCard&, const PendingCard&) = default;
};

// Both kinds of record.
class GrantStore {
 public:
  explicit GrantStore(const Host& host) : host_(host) {}

  Status save(const IssuerGrant& grant);
  // nullopt: the issuer gave none. Errors: those of the store, json_*.
  Result<std::optional<IssuerGrant>> find(const std::string& card_id);
  // The record and its keys.
  Status forget(const std::string& card_id);

  Status save(const PendingCard& pending);
  // Oldest first.
  Result<std::vector<PendingCard>> pending();
  // The record; its keys belong to the card from now on.
  Status keep_keys(const PendingCard& pending);
  // The record, its keys, and the grant.
  Status forget(const PendingCard& pending);

  // What a program that was ended in the middle left behind: grants of cards that do not exist, and what still waits
  // although the card is there. `card_ids`: of the cards that there are.
  Status sweep(const std::vector<std::string>& card_ids);

 private:
  Host host_;
};

}  // namespace mibun::wallet
