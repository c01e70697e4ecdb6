#pragma once

#include <optional>
#include <string>

#include "cli/terminal/terminal.h"
#include "cli/wallet/session.h"
#include "core/oid4vci/wallet_flow.h"

// An offer on the terminal: who issues, and which of its cards.
namespace mibun::cli {

// With each card that may be had: its name, whether its kind is here already, and what it will say.
Status draw_offer(const Terminal& terminal, Session& session, const oid4vci::AskHolder& question);

// Whether the person still has to say that they want a card at all.
enum class Agreement { ask, given };
// Which of the cards, by its id; nullopt: none of them. Whoever agreed before and does not answer gets the first one;
// what is neither a number of the list, yes nor no is asked again.
std::optional<std::string> choose_card(const Terminal& terminal, const oid4vci::AskHolder& question,
                                       Agreement agreement);

}  // namespace mibun::cli
