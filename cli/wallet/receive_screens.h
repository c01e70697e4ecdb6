#pragma once

#include "cli/terminal/terminal.h"
#include "cli/wallet/session.h"
#include "wallet/issuance.h"

// What the terminal wallet says of cards that arrive, wait and are renewed.
namespace mibun::cli {

void draw_pending(const Terminal& terminal, const wallet::PendingCard& pending);
void draw_outcome(const Terminal& terminal, const wallet::ReceiveOutcome& outcome, Instant now);

// Asks for every card that waits, once its issuer may be asked again. One that fails is said at once and does not keep
// the others from theirs; the first error is returned.
Status fetch_what_waits(const Terminal& terminal, Session& session);
// Renews what is due before the card is needed, for a person who asks; the same.
Status renew_what_is_due(const Terminal& terminal, Session& session);
// Renews what has its turn, for nobody who asks: what failed waits (wallet/renewal_plan). Says which of how many.
Status renew_on_time(const Terminal& terminal, Session& session);

}  // namespace mibun::cli
