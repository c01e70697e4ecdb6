#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"

namespace mibun::webauthn {

inline constexpr std::size_t kCredentialIdBytesMax = 1023;
inline constexpr std::size_t kAuthenticatorDataBytesMax = 8 * 1024;

using Aaguid = std::array<std::uint8_t, 16>;  // the authenticator's model

// Bits of the flags byte: WebAuthn Level 3, section 6.1.
namespace flag {
inline constexpr std::uint8_t user_present = 0x01, user_verified = 0x04, backup_eligible = 0x08, backup_state = 0x10,
                              attested = 0x40, extensions = 0x80;
inline constexpr std::uint8_t reserved = 0x22;
}  // namespace flag

// Only in a registration: section 6.5.1.  aaguid[16] || length[2] || credential id || COSE key
struct AttestedCredential {
  Aaguid aaguid{};
  Bytes credential_id;  // 1 to kCredentialIdBytesMax bytes
  crypto::P256PublicKey public_key;
};

// What the authenticator signs, together with SHA-256 of the client data: section 6.1.
//   rpIdHash[32] || flags[1] || signCount[4, big endian] || attested credential data? || extensions (CBOR map)?
struct AuthenticatorData {
  crypto::Sha256Digest rp_id_hash{};
  bool user_present = false;
  bool user_verified = false;
  bool backup_eligible = false;
  bool backup_state = false;
  std::uint8_t reserved_flags = 0;  // bits 1 and 5 as they arrived; they mean nothing yet
  std::uint32_t counter = 0;
  std::optional<AttestedCredential> attested;  // flag AT
  Bytes extensions;                            // flag ED: one CBOR map with text keys; empty when absent

  // The flags say exactly what follows; nothing may stand behind it.
  // Errors: webauthn_malformed, webauthn_algorithm_not_allowed (the credential's key is not ES256).
  static Result<AuthenticatorData> parse(BytesView bytes);
  Bytes write() const;

  // Errors, in this order: webauthn_rp_id_mismatch, webauthn_user_not_present, webauthn_user_not_verified,
  // webauthn_backup_flags_inconsistent (backed up but not eligible). User verification is never optional here.
  Status check(std::string_view rp_id) const;
};

}  // namespace mibun::webauthn
