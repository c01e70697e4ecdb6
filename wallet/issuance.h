#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/sd_jwt/holder.h"
#include "wallet/cards.h"
#include "wallet/exchange.h"
#include "wallet/grants.h"

namespace mibun::wallet {

struct ReceivedCard {
  Card card;
  std::vector<sd_jwt::HeldClaim> claims;  // for the preview
};
// A card, or one that its issuer needs time for: its keys and everything to come back with are stored (renewal.h).
using ReceiveOutcome = std::variant<ReceivedCard, PendingCard>;

// `link`: an offer by value or by reference. Fetches a card of either format and stores it; every copy is verified
// first (issued_copies.h). If anything is wrong nothing is stored and the keys that were made are destroyed; the issuer
// is told either way, if it wants to know. A refresh token is kept with its keys, for renewing. `configuration`: which
// of the cards offered; empty: the first that this wallet can hold. `provider` is asked where the issuer wants this
// wallet attested, for a key that no other card's exchanges show. Errors: wallet_holder_refused, those of
// CredentialOffer, Exchange and verify_copies, oid4vci_unknown_credential_configuration (not offered), http_*.
Result<ReceiveOutcome> receive(const Host& host, WalletProvider& provider, std::string_view link,
                               const ReceiveTalk& talk, std::string_view configuration = {});

// The same from an issuer that the person named, without an offer: they sign in there (OpenID4VCI 1.0, section 5).
// `configuration_id`: which card; empty: the first that this wallet can hold. Errors: also those of `visit`,
// oauth_state_mismatch, oauth_issuer_mismatch, oauth_access_denied.
struct IssuerChoice {
  std::string credential_issuer, configuration_id;
};
Result<ReceiveOutcome> receive_from(const Host& host, WalletProvider& provider, const IssuerChoice& issuer,
                                    const ReceiveTalk& talk);

}  // namespace mibun::wallet
