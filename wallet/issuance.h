#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wallet/authorization.h"
#include "wallet/grants.h"
#include "wallet/receiving.h"

namespace mibun::wallet {

// What the person answers to "this issuer wants to give you this card".
struct ReceiveDecision {
  bool agreed = false;
  std::optional<std::string> tx_code;  // exactly when the offer demands one
  std::string configuration_id = {};   // which of those offered; empty: the one that the question is about
};
using AskToReceive = std::function<ReceiveDecision(const oid4vci::AskHolder& question)>;

// Who speaks for the person on the way to a card; whoever is not there refuses.
struct ReceiveTalk {
  AskToReceive ask = {};
  VisitServer visit = {};  // where the offer demands a sign-in
  // Whether an offer that lies somewhere else may be fetched from there (section 15.6: not before the person agreed).
  std::function<bool(const oid4vci::OfferReference& reference)> may_fetch = {};
};

// `link`: an offer by value or by reference. Fetches a card of either format and stores it; every copy is verified
// first (issued_copies.h). If anything is wrong nothing is stored and the keys that were made are destroyed; the issuer
// is told either way, if it wants to know. A refresh token is kept with its keys, for renewing. `configuration`: which
// of the cards offered; empty: whoever answers may say, among those that this wallet can hold. `provider` is asked
// where the issuer wants this wallet attested, for a key that no other card's exchanges show. Errors:
// wallet_holder_refused, those of CredentialOffer, Exchange and verify_copies, oid4vci_unknown_credential_configuration
// (not offered), http_*.
Result<ReceiveOutcome> receive(const Host& host, WalletProvider& provider, std::string_view link,
                               const ReceiveTalk& talk, std::string_view configuration = {});

// The same from an issuer that the person named, without an offer: they sign in there (OpenID4VCI 1.0, section 5).
// `configuration_id`: which card; empty: as above. Errors: also those of `visit`,
// oauth_state_mismatch, oauth_issuer_mismatch, oauth_access_denied.
struct IssuerChoice {
  std::string credential_issuer, configuration_id;
};
Result<ReceiveOutcome> receive_from(const Host& host, WalletProvider& provider, const IssuerChoice& issuer,
                                    const ReceiveTalk& talk);

}  // namespace mibun::wallet
