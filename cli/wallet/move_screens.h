#pragma once

#include <string_view>

#include "cli/terminal/terminal.h"
#include "wallet/moving.h"

// What the two devices of a move show. Lines for scripts: "move link", "move code", "number", "left behind", "outcome".
namespace mibun::cli {

// On the old device: the link as a picture and as text, the code for who has no camera, until when they are good.
// Errors: those of qr::Symbol::encode.
Status draw_move(const Terminal& terminal, const wallet::MoveBegun& begun);
// "048 213": to be compared with the other device's.
void draw_number(const Terminal& terminal, std::string_view number);
// Whether both devices show the same number; anything but a yes is no.
bool agree_to_number(const Terminal& terminal, const wallet::MoveCandidate& candidate);
void draw_moved(const Terminal& terminal, const wallet::Moved& moved);

// On the new device, which has everything now. The revocation code is shown by show_revocation_code.
void draw_arrived(const Terminal& terminal, const wallet::MoveFinished& finished);

}  // namespace mibun::cli
