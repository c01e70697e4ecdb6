#pragma once

#include <optional>
#include <string>

#include "core/webauthn/options.h"
#include "core/webauthn/responses.h"
#include "wallet/host.h"
#include "wallet/profile.h"

namespace mibun::wallet {

// The browser's navigator.credentials, in WebAuthn's JSON forms (Level 3, sections 5.1.8 to 5.1.10). Errors:
// wallet_user_verification_failed (the person stopped, or could not be verified), unavailable (no passkey with a PRF
// can be had here).
class CredentialsContainer {
 public:
  virtual ~CredentialsContainer() = default;
  virtual Result<std::string> create(const std::string& creation_options) = 0;
  virtual Result<std::string> get(const std::string& request_options) = 0;
  // Of the page: "https://wallet.example".
  virtual std::string origin() const = 0;
};

// A wallet whose account's credential is a passkey of the device: what it proves is checked here as the server checks
// it, so a browser that verifies nobody opens nothing. The account has this one credential, ever.
class Passkey final : public UserVerifier {
 public:
  Passkey(CredentialsContainer& credentials, Store& store, const Clock& clock, Rng& rng)
      : credentials_(credentials), store_(store), clock_(clock), rng_(rng) {}

  struct Made {
    webauthn::RegistrationResponse response;
    Bytes credential_id;
    crypto::P256PublicKey public_key;
  };
  // Errors: those of CredentialsContainer, webauthn_*.
  Result<Made> make_credential(const webauthn::CreationOptions& options);

  // Whatever `options` allow, only this account's passkey is asked for, and it verifies the person each time. Errors:
  // those of CredentialsContainer, webauthn_*, signature_invalid.
  Result<webauthn::AuthenticationResponse> get_assertion(const Profile& profile, webauthn::RequestOptions options);

  // With a challenge of our own, unless the passkey has proved it within the last minute. Errors: also
  // wallet_not_registered.
  Result<webauthn::UserVerification> verify_user(std::string_view reason) override;
  Result<webauthn::UserVerification> verify_user_again(std::string_view reason) override;

 private:
  Status check(const Profile& profile, const webauthn::RequestOptions& options,
               const webauthn::AuthenticationResponse& response) const;
  CredentialsContainer& credentials_;
  Store& store_;
  const Clock& clock_;
  Rng& rng_;
  std::optional<webauthn::UserVerification> last_;
};

}  // namespace mibun::wallet
