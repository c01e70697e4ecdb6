#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/p256.h"

namespace mibun::server {

// A statute that obliges somebody to keep something of a person after the account has ended. Which there are, and for
// whom, is the operator's to say with a lawyer: none is built in.
struct LegalDuty {
  std::string id;          // "proceeds-6-2"
  std::string law;         // "犯罪による収益の移転防止に関する法律"
  std::string article;     // "第6条第2項"
  std::string controller;  // who owes it: "むすび商店"
  // Exactly these are kept, of what an approved case proved: "family_name" ..., and kHeldMethod, kHeldProvenAt.
  std::vector<std::string> fields;
  int years = 0;                      // from the day in Japan on which the account ended
  CalendarDate from;                  // the duty holds for accounts that end on this day or later
  std::optional<CalendarDate> until;  // and not after this one
};
inline constexpr const char* kHeldMethod = "method";       // of the case: "emrtd"
inline constexpr const char* kHeldProvenAt = "proven_at";  // "2026-11-23T12:03:59+09:00"

// Somebody of the staff and the key that opens half of what is on hold. Its private part is in that person's hands
// alone, apart from the one they sign in with.
struct VaultKey {
  std::string client_id;
  crypto::P256PublicKey key;
};

struct LegalHoldConfig {
  std::vector<LegalDuty> duties;  // empty: nothing is kept
  std::vector<VaultKey> keys;     // two at least where there is a duty
};

}  // namespace mibun::server
