#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/oid4vci/wallet_flow.h"
#include "core/sd_jwt/holder.h"
#include "wallet/attestation.h"
#include "wallet/authorization.h"
#include "wallet/cards.h"
#include "wallet/host.h"

namespace mibun::wallet {

inline constexpr std::size_t kCopiesWanted = 10;

// What the person answers to "this issuer wants to give you this card".
struct ReceiveDecision {
  bool agreed = false;
  std::optional<std::string> tx_code;  // exactly when the offer demands one
};
using AskToReceive = std::function<ReceiveDecision(const oid4vci::AskHolder& question)>;

// Who speaks for the person on the way to a card.
struct ReceiveTalk {
  AskToReceive ask;
  VisitServer visit = {};  // where the offer demands a sign-in; none: it is refused
  // Whether an offer that lies somewhere else may be fetched from there (section 15.6: not before the person agreed).
  // None: it is not.
  std::function<bool(const oid4vci::OfferReference& reference)> may_fetch = {};
};

struct ReceivedCard {
  Card card;
  std::vector<sd_jwt::HeldClaim> claims;  // for the preview
};

// `link`: an offer by value or by reference. Fetches a card of either format and stores it; every copy is verified
// first (issued_copies.h). If anything is wrong nothing is stored and the keys that were made are destroyed; the issuer
// is told either way, if it wants to know. `configuration`: which of the cards offered; empty: the first that this
// wallet can hold. `provider` is asked where the issuer wants this wallet attested, for a key that no other exchange
// shows. Errors: wallet_holder_refused, those of CredentialOffer, IssuanceFlow, WalletProvider and verify_copies,
// oid4vci_unknown_credential_configuration (not offered), oid4vci_issuance_pending (the issuer needs time), http_*.
Result<ReceivedCard> receive(const Host& host, WalletProvider& provider, std::string_view link, const ReceiveTalk& talk,
                             std::string_view configuration = {});

// The same from an issuer that the person named, without an offer: they sign in there (OpenID4VCI 1.0, section 5).
// `configuration_id`: which card; empty: the first that this wallet can hold. Errors: also those of `visit`,
// oauth_state_mismatch, oauth_issuer_mismatch, oauth_access_denied.
struct IssuerChoice {
  std::string credential_issuer, configuration_id;
};
Result<ReceivedCard> receive_from(const Host& host, WalletProvider& provider, const IssuerChoice& issuer,
                                  const ReceiveTalk& talk);

// New copies of a card with the refresh token that was kept for it (renewal.h), without asking the person: the new ones
// are stored, under a new id, before the old ones are removed. After an error the old ones are there as before; a token
// that was redeemed is used up all the same, and the person receives the card again. Errors: not_found (no refresh
// token was given), oauth_invalid_grant (it is used up or taken back), oid4vci_response_malformed (another card), and
// those of receive.
Result<ReceivedCard> renew(const Host& host, WalletProvider& provider, const Card& card);

}  // namespace mibun::wallet
