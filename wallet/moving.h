#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/registration.h"
#include "wallet/server_api.h"

// A wallet moves to a new device: the old one shows a link, the new one reads it and makes a key of its own, both show
// one number, and when the person says on the old device that they are the same, the account has the new key. No
// private key and no card moves; what moves is the history and the receipts, encrypted to the new device. Each side
// keeps how far it is in a record, so that a locked screen or a closed page ends nothing.
namespace mibun::wallet {

// ---- The old device ----

struct MoveBegun {
  std::string link;  // to be shown, never to be sent
  std::string code;  // its secret, to be typed where there is no camera; as the link
  Instant expires;
};
// An earlier move ends. Errors: those of account_request.
Result<MoveBegun> begin_move(const Host& host, ServerApi& api, Profile& profile);

// The device that read the link.
struct MoveCandidate {
  std::string number;  // to be compared with the one on its screen
  std::string name;    // what it says of itself
  Instant joined_at;
  crypto::P256PublicKey key, seal_key;
};
// None while nobody has read the link. Errors: move_not_found, move_wrong_state (what joined does not know the secret),
// wallet_server_refused (move_not_found: it is over), http_*.
Result<std::optional<MoveCandidate>> look_for_candidate(const Host& host, ServerApi& api, const Profile& profile);

struct Moved {
  std::size_t left_behind = 0;  // records of the history that were too many to take along
};
// The person compared the numbers: hands the account over to exactly this device, and when the server has done so,
// destroys every key and record here. Errors: those of account_request; then nothing is destroyed.
Result<Moved> confirm_move(const Host& host, ServerApi& api, Profile& profile, const MoveCandidate& candidate);

// ---- The new device ----

// The terms of the link's server, before anything is made. Errors: move_not_found, wallet_already_registered, those of
// begin_registration.
struct MoveOffer {
  std::string link;
  RegistrationOffer registration;
};
Result<MoveOffer> open_move(const Host& host, std::string_view link);
// The same by the code that was typed, at the server where this device will have its account. What the link commits to
// comes from the server, with the word of who knows the secret, and before this device has shown a key. Errors: also
// invalid_argument (at "code.3": the third group is wrong), move_wrong_state (not by who showed the code).
Result<MoveOffer> open_move_by_code(const Host& host, std::string_view server, std::string_view typed);
// Makes this device's credential and shows it. `name`: what the old device will show of this one.
// Errors: those of finish_registration, wallet_server_refused (move_not_found, move_wrong_state).
Status join_move(const Host& host, const MoveOffer& offer, std::string_view name);

// Whether this device has joined a move that it has not finished.
Result<bool> is_joining(Store& store);

struct MoveProgress {
  std::optional<std::string> number;  // once the old device is there
  bool confirmed = false;
};
// Errors: move_not_found (this device joined none), move_wrong_state (the old device opened another nonce than it
// committed to, or the server shows another key than before), wallet_server_refused (move_not_found: it is over),
// http_*.
Result<MoveProgress> await_move(const Host& host);

struct MoveFinished {
  std::string revocation_code;  // a new one; the old device's works no more
  bool brought_history = false;
  std::size_t left_behind = 0;  // records of the history that the old device could not pack, as it says
};
// After the old device confirmed. Errors: those of account_request; it may be tried again.
Result<MoveFinished> finish_move(const Host& host);

// ---- Either ----

// Until it is confirmed. What the new device made for it is destroyed when the server knows; the old device keeps
// nothing of it whatever the server says. Errors: on the new device move_wrong_state (in a refusal: it is confirmed),
// http_*.
Status cancel_move(const Host& host);

}  // namespace mibun::wallet
