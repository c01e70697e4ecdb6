#pragma once

#include <functional>
#include <optional>

#include "cli/terminal/terminal.h"
#include "core/base/time.h"

// Renewing by the clock, in a terminal that is left open: mibun wallet renew --watch.
namespace mibun::cli {

struct RenewalRounds {
  // Whether the wallet's server can be reached; asked before anybody is asked for a passphrase.
  std::function<bool()> is_online;
  // Opens the wallet, renews what has its turn, closes it: nothing stays unlocked while nobody looks. When to come
  // again; none: there is nothing that time renews.
  std::function<Result<std::optional<Instant>>()> round;
  std::function<void(Instant)> wait_until;
  const Clock& clock;
};

// Round after round, each when it is time, and again and again later while there is no connection. Ends when nothing is
// left to renew. Errors: those of a round (a wrong passphrase, a wallet that is in use).
Status watch_renewals(const Terminal& terminal, const RenewalRounds& rounds);

}  // namespace mibun::cli
