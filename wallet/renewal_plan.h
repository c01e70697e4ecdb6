#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wallet/renewal.h"

// Which cards are to be renewed without anybody asking for it, and when. What went wrong stands in the card's grant, so
// that a wallet that is closed and opened again goes on where it was.
namespace mibun::wallet {

// A card whose time has come.
struct DueRenewal {
  Card card;
  // Its issuer is shown which wallet software this is, which the wallet's provider says to nobody but the account's
  // person: they prove to be here.
  bool asks_person = false;
  Instant at;             // its turn: by now, or after what went wrong
  unsigned failures = 0;  // in a row
  std::string failure;    // the code of the last of them; empty: none
  bool by_hand = false;   // it failed so often that only the person begins it again
};

struct RenewalPlan {
  std::vector<DueRenewal> due;
  std::optional<Instant> next;  // when to look again; none: nothing that time alone renews
};

// Of the cards that can be renewed at all, and that their issuers did not stop. Errors: those of the store.
Result<RenewalPlan> plan_renewals(const Host& host);

// How long a card waits after so many failures in a row: a minute, 5, 30, 2 hours, 8 hours, then a day; none after ten.
std::optional<milliseconds> wait_after(unsigned failures);

// Told before each card: which of how many, from 1.
using TellRenewal = std::function<void(const Card& card, std::size_t which, std::size_t of)>;

// Every card whose turn has come, one after the other. One that fails stays as it is, and waits.
Result<std::vector<Renewal>> renew_on_time(const Host& host, WalletProvider& provider, const TellRenewal& tell);

}  // namespace mibun::wallet
