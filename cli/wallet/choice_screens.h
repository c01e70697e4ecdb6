#pragma once

#include "cli/terminal/terminal.h"
#include "cli/wallet/options.h"
#include "wallet/choosing.h"

// Choosing at a request on a terminal: by options, which the question shows beside what they choose.
namespace mibun::cli {

// What is proposed, changed by --also, --instead, --card and --way. `question` must outlive it.
// Errors: dcql_bad_selection (nothing like that is offered), invalid_argument (not NAME=VALUE).
Result<wallet::Choosing> choose(const wallet::ConsentQuestion& question, const WalletOptions& options);

// One card with what of it is shown.
void draw_shown(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing,
                const oid4vp::AskedCard& shown);

// Everything else that may be shown in its place or with it, each with its values and its option; nothing where there
// is no choice.
void draw_choices(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing);

}  // namespace mibun::cli
