#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wallet/issued_copies.h"
#include "wallet/receiving.h"

// What receiving a card and coming back for one share. For files in wallet only.
namespace mibun::wallet {

// Puts away what a program that was ended in the middle left behind: copies of no card, grants of no card, the wait for
// a card that is there, and keys of nothing. Whoever comes back with what is stored does this first.
Status tidy_up(const Host& host);

// As the metadata call it in that language; `otherwise` where they do not.
std::string display_name(const std::vector<oid4vci::Display>& displays, std::string_view locale,
                         const std::string& otherwise);

// Names of a card and of its issuer, as the metadata say them.
struct CardNames {
  std::string name_ja, name_en, issuer_name_ja, issuer_name_en;
};
CardNames names_of(const oid4vci::CredentialConfiguration& configuration,
                   const std::vector<oid4vci::Display>& issuer_display, const std::string& issuer);

std::vector<NewCopy> copies_in(const oid4vci::Finished& finished);

// Into the history: card_received, card_renewed, card_deleted, and what its issuer said of it.
Status record_deed(const Host& host, std::string_view kind, const Card& card);

// What a card says, in the order in which it is read: every claim of an SD-JWT but its provenance; each element of an
// mdoc by [name space, element].
std::vector<sd_jwt::HeldClaim> preview_claims(const oid4vp::HeldCard& card);

// Stores the card with its copies. Their keys are the card's when it returns.
Result<ReceivedCard> store_card(const Host& host, const std::string& id, const CardNames& names,
                                const oid4vci::Finished& finished, const VerifiedCopies& verified);

}  // namespace mibun::wallet
