#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/crypto/p256.h"
#include "wallet/host.h"
#include "wallet/profile.h"

// What a wallet takes along to a new device: its history, its receipts (also those of showings in person) and what it
// asked partners to delete; no key and no card.
namespace mibun::wallet {

struct Luggage {
  std::string jwe;              // ECDH-ES to `recipient`
  std::size_t left_behind = 0;  // records that were too many, the oldest
};
// `secret`: of the move's link; shows the new device who packed. Errors: those of the store, jwk_unsupported.
Result<Luggage> pack_luggage(const Host& host, const crypto::P256PublicKey& recipient, BytesView secret);

// Writes what is in it, and nothing else than that. Events of sharing are handed to the server anew.
// How many records were left behind, as who packed it says; 0 of a wallet from before wallets said so.
// Errors: jwe_*, json_*, signature_invalid (not packed by who knows the secret).
Result<std::size_t> unpack_luggage(const Host& host, const Profile& profile, std::string_view jwe, BytesView secret);

}  // namespace mibun::wallet
