#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/oid4vci/wallet_flow.h"
#include "core/sd_jwt/holder.h"
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

struct ReceivedCard {
  Card card;
  std::vector<sd_jwt::HeldClaim> claims;  // for the preview
};

// Fetches a card and stores it. Every copy is verified first: the issuer's signature and chain against the trust list,
// the type offered, the issuer that offered, a key of ours of its own, the same contents as the others. If anything is
// wrong nothing is stored and the keys that were made are destroyed.
// Errors: wallet_holder_refused, those of IssuanceFlow and sd_jwt::verify_issued, sd_jwt_holder_key_missing (a copy for
// a key that is not ours), sd_jwt_claim_collision (copies that differ or share a key), http_*.
Result<ReceivedCard> receive(const Host& host, const std::string& offer_uri, const AskToReceive& ask);

// The same from an issuer that the person named, without an offer: they sign in there (OpenID4VCI 1.0, section 5).
// `configuration_id`: which card; empty: the first that this wallet can hold. Errors: also those of `visit`,
// oauth_state_mismatch, oauth_issuer_mismatch, oauth_access_denied.
struct IssuerChoice {
  std::string credential_issuer, configuration_id;
};
Result<ReceivedCard> receive_from(const Host& host, const IssuerChoice& issuer, const AskToReceive& ask,
                                  const VisitServer& visit);

}  // namespace mibun::wallet
