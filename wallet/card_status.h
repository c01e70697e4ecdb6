#pragma once

#include <optional>
#include <vector>

#include "wallet/cards.h"
#include "wallet/host.h"

// Whether the cards of this wallet still count, as their issuers' status lists say (Token Status List): read in the
// whole list, verified as whoever is shown the card does it. Nothing that is sent names a card.
namespace mibun::wallet {

struct StatusRound {
  bool asked = false;           // about any card
  std::vector<Card> changed;    // as they are now: revoked, suspended, or valid again
  std::optional<Instant> next;  // when to ask again; none: there is nothing to ask about
};

// Asks about every card whose turn has come, each list once: no sooner than the ttl of the last one is over (1 minute
// to 1 day; an hour where it says none). All copies that are left count: the worst of what is said of one of them is
// what is said of the card, for its issuer stops a card and not a copy, and nobody chooses which one is shown next.
// The history has what changed.
//
// A list that cannot be had, or that does not hold, changes nothing but `failure`: what was said last stands, with its
// date, and it is tried again after a minute. A list holds when it is signed below an anchor that is believed for this
// card's type, by whom the card's "iss" names; of an mdoc, which names nobody, below its document signers' anchors, or
// below those of card issuers by whom the list's host belongs to. A revoked card is not asked about again: that is
// final, until it is renewed; nor is one that has expired. Errors: those of the store and of load_trust.
Result<StatusRound> check_card_status(const Host& host);

}  // namespace mibun::wallet
