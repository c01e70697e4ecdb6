#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What a device's authenticator said of itself when its credential was made; shown to its person, decides nothing.
struct Authenticator {
  Bytes aaguid;            // 16 bytes: its model; zeros when it does not say; empty when it was not kept
  std::string transports;  // how it is reached, of WebAuthn's words: "internal", "usb nfc"
  bool backed_up = false;  // its passkey is copied to the person's other devices, by whoever makes it
};

// A device's credential that was checked and is nobody's: it may become the one key of an account that moves.
struct NewUnit {
  std::string registration_id;
  Bytes credential_id_lookup, public_key;  // the key as its point
  std::uint32_t sign_count = 0;
  bool backup_eligible = false;
  std::string terms_version;
  Authenticator authenticator;
};

// A room that keeps what belongs to a person's device rather than to the person: tokens, grants, keys it vouched for.
// When the wallet moves to another device, all of it ends, in the transaction that replaces the account's key.
class UnitBoundPart {
 public:
  virtual ~UnitBoundPart() = default;
  virtual Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) = 0;
};

}  // namespace mibun::server
