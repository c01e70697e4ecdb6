#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wallet/receiving.h"

// Coming back to an issuer with what was kept: for a card that it needed time for, for new copies before the old ones
// are gone, and to say that a card was deleted.
namespace mibun::wallet {

// The card, or that it still takes time: what was stored says when to ask again, and before that nothing is sent.
// `id`: of the pending card. When the issuer says no for good, what waited is destroyed. Errors: not_found (nothing
// waits under that id), oid4vci_credential_request_denied, oid4vci_invalid_transaction_id, oauth_invalid_grant, those
// of Exchange and verify_copies.
Result<ReceiveOutcome> fetch_pending(const Host& host, WalletProvider& provider, const std::string& id);

// Few copies are left, or they expire within a week (of cards that live shorter: the last quarter).
bool is_due(const Card& card, Instant now);
// From when on its end is near; none: it has none.
std::optional<Instant> due_from(const Card& card);

// New copies in the place of the old ones, without asking the person. Until they all stand, verified, the old ones are
// as good as before. What failed is written down with the grant, and when to try again (wait_after). Errors: not_found
// (no such card), wallet_not_renewable (its issuer gave no refresh token, or the grant is over),
// oid4vci_response_malformed (not the same card), oid4vci_issuance_pending, those of Exchange and verify_copies.
Result<Card> renew(const Host& host, WalletProvider& provider, const std::string& card_id);

// Every card that is due and can be. One that fails stays as it is.
struct Renewal {
  Card card;
  std::optional<Error> error;
};
Result<std::vector<Renewal>> renew_due(const Host& host, WalletProvider& provider);

// The card, its copies, keys and grant; or a pending one. Its issuer is told first, if it wants to know; that it cannot
// be told changes nothing. Errors: not_found, those of the store.
Status remove_card(const Host& host, WalletProvider& provider, const std::string& id);

}  // namespace mibun::wallet
