#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/responses.h"
#include "core/webauthn/user_verification.h"

namespace mibun::webauthn {

// The model of the terminal wallet's authenticator, 68982f61-b620-4146-be54-ba78a494d0f1; same for every wallet.
inline constexpr Aaguid kTerminalWalletAaguid{0x68, 0x98, 0x2f, 0x61, 0xb6, 0x20, 0x41, 0x46,
                                              0xbe, 0x54, 0xba, 0x78, 0xa4, 0x94, 0xd0, 0xf1};

// What the holder's device is asked for in one ceremony.
struct CeremonyRequest {
  std::string rp_id;
  std::string origin;  // "https://host[:port]" of the server that asks
  Bytes challenge;
  // The signature counter to sign with. The device keeps it, adds one for each use and stores it before it sends.
  std::uint32_t counter = 0;
};

// The device credential of the terminal wallet: client and authenticator in one (WebAuthn Level 3, sections 5.1, 6.3).
// Bound to this device: BE and BS are never set.
class SoftwareAuthenticator {
 public:
  // `device_key` must outlive this. `credential_id`: 1 to 1023 random bytes. `user_handle`: user.id of the options that
  // the credential was made for.
  SoftwareAuthenticator(const crypto::P256Signer& device_key, Bytes credential_id, Bytes user_handle);

  // Registration with packed self attestation. The UV flag is set only with a fresh `verification`; without any the
  // answer says so, and a stale one is refused.
  // Errors: webauthn_rp_id_mismatch (the id does not belong to the origin), wallet_user_verification_failed, the
  // signer's.
  Result<RegistrationResponse> make_credential(const CeremonyRequest& request,
                                               const std::optional<UserVerification>& verification, Instant now) const;
  // Authentication. Errors: as make_credential.
  Result<AuthenticationResponse> get_assertion(const CeremonyRequest& request,
                                               const std::optional<UserVerification>& verification, Instant now) const;

  const Bytes& credential_id() const { return credential_id_; }
  const Bytes& user_handle() const { return user_handle_; }

 private:
  Result<Bytes> sign(BytesView authenticator_data, BytesView client_data_json) const;
  const crypto::P256Signer& device_key_;
  Bytes credential_id_, user_handle_;
};

}  // namespace mibun::webauthn
