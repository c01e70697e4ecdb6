#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/oid4vci/wallet_flow.h"
#include "wallet/cards.h"
#include "wallet/labels.h"

namespace mibun::wallet {

// One of the cards that an issuer offers, in words for a person who chooses.
struct OfferedCard {
  std::string configuration_id;
  Label name;
  std::vector<Label> contents;  // what it will say of its person, without the values; as its issuer describes it
  std::size_t held = 0;         // cards of this kind by this issuer that this wallet has, and that still hold
};

// All of them, in the order of the question. `cards`: of this wallet.
std::vector<OfferedCard> offered_cards(const oid4vci::AskHolder& question, const std::vector<Card>& cards, Instant now);

}  // namespace mibun::wallet
