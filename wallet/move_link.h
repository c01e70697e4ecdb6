#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/crypto/p256.h"

namespace mibun::wallet {

// What goes from the old device's screen to the new device's camera, and never through the server:
//   mibun-move://?server=...&move=...&secret=...&commitment=...
// The secret proves to the server that the link was read, proves each device's word to the other, and goes into the
// number that the person compares. The commitment holds the old device to a nonce that it opens when it has seen the
// new device's key: whoever stands between can try one number, not a million (docs/decisions/0039).
struct MoveLink {
  std::string server;   // its origin
  std::string move_id;  // as the server named it
  Bytes secret, commitment;

  std::string to_text() const;
  // Errors: move_not_found (not such a link), url_*.
  static Result<MoveLink> parse(std::string_view text);
};

// The public keys of a move: both devices', and what the old one packs for.
struct MoveKeys {
  crypto::P256PublicKey old_device, new_device, seal;
};

Bytes move_commitment(BytesView nonce);
// For who types the secret and has the commitment from the server: by who showed the secret.
Bytes commitment_tag(BytesView secret, BytesView commitment);
Bytes move_proof(BytesView secret);                      // for the server
Bytes move_tag(BytesView secret, const MoveKeys& keys);  // the new device's word to the old one
Bytes luggage_tag(BytesView secret, BytesView luggage);  // the old device's word to the new one
std::string move_number(BytesView secret, BytesView nonce, const MoveKeys& keys);  // "048213"

}  // namespace mibun::wallet
