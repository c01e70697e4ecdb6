#pragma once

#include <string>

#include "cli/terminal/terminal.h"
#include "wallet/proximity.h"

// What the terminal wallet draws when a reader stands before its holder.
namespace mibun::cli {

// The code for the reader, as a picture and as text. Errors: those of qr::Symbol::encode.
Status draw_engagement(const Terminal& terminal, const std::string& text, Instant good_until);
// Who asks, for which values exactly, and what the reader says it will keep.
void draw_nearby_question(const Terminal& terminal, const wallet::NearbyQuestion& question);

// When, to whom, what, why; never a value.
void draw_nearby_receipt(const Terminal& terminal, const wallet::NearbyReceipt& receipt);

}  // namespace mibun::cli
