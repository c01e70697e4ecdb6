#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/responses.h"

// The relying party's side of WebAuthn Level 3, sections 7.1 and 7.2, and the one door to libfido2. The library checks
// signatures and attestation statements; everything that it leaves out (facts: rpIdHash and flags of format "none",
// client data, counter, backup flags, lengths) is checked here. User presence and verification are always required.
namespace mibun::fido {

// How a new credential was vouched for: section 6.5.
enum class Attestation {
  none,                // "none": nobody vouches, nothing is signed
  packed_self,         // "packed" without x5c: the credential's own key has signed
  packed_certificate,  // "packed" with x5c: a key of the maker has signed; its chain is not judged here
};
std::string_view to_string(Attestation attestation);  // "none", "packed_self", "packed_certificate"

struct RegistrationPolicy {
  std::string rp_id;
  std::vector<std::string> origins;
  Bytes challenge;  // given to this applicant, used once: the caller keeps count
  std::vector<Attestation> attestations_allowed;
};

// A credential that passed verify_registration(); nothing else makes one.
class RegisteredCredential {
 public:
  const Bytes& credential_id() const { return credential_.credential_id; }
  const crypto::P256PublicKey& public_key() const { return credential_.public_key; }
  const webauthn::Aaguid& aaguid() const { return credential_.aaguid; }
  std::uint32_t counter() const { return counter_; }
  bool backup_eligible() const { return backup_eligible_; }
  bool backup_state() const { return backup_state_; }
  Attestation attestation() const { return attestation_; }

 private:
  friend Result<RegisteredCredential> verify_registration(const webauthn::RegistrationResponse&,
                                                          const RegistrationPolicy&);
  RegisteredCredential(webauthn::AuthenticatorData data, Attestation attestation)
      : credential_(std::move(*data.attested)),
        counter_(data.counter),
        backup_eligible_(data.backup_eligible),
        backup_state_(data.backup_state),
        attestation_(attestation) {}
  webauthn::AttestedCredential credential_;
  std::uint32_t counter_;
  bool backup_eligible_, backup_state_;
  Attestation attestation_;
};

// That the id is not registered already is for the caller to see, in the transaction that stores it.
// Errors: webauthn_malformed, webauthn_type_mismatch, webauthn_challenge_mismatch, webauthn_origin_mismatch,
//   webauthn_cross_origin, webauthn_rp_id_mismatch, webauthn_user_not_present, webauthn_user_not_verified,
//   webauthn_backup_flags_inconsistent, webauthn_algorithm_not_allowed, webauthn_attestation_not_allowed,
//   webauthn_attestation_invalid.
Result<RegisteredCredential> verify_registration(const webauthn::RegistrationResponse& response,
                                                 const RegistrationPolicy& policy);

// What the server keeps of a registered credential.
struct StoredCredential {
  Bytes id;
  crypto::P256PublicKey public_key;
  std::uint32_t counter = 0;
  bool backup_eligible = false;
  Bytes user_handle;  // compared when the answer carries one
};

struct AssertionPolicy {
  std::string rp_id;
  std::vector<std::string> origins;
  Bytes challenge;  // given for this request, used once: the caller keeps count
  StoredCredential credential;
};

// An assertion that passed verify_assertion(); nothing else makes one.
class VerifiedAssertion {
 public:
  std::uint32_t counter() const { return counter_; }  // to store, unless a larger one was stored meanwhile
  bool backup_state() const { return backup_state_; }

 private:
  friend Result<VerifiedAssertion> verify_assertion(const webauthn::AuthenticationResponse&, const AssertionPolicy&);
  VerifiedAssertion(std::uint32_t counter, bool backup_state) : counter_(counter), backup_state_(backup_state) {}
  std::uint32_t counter_;
  bool backup_state_;
};

// Errors: those of verify_registration up to webauthn_backup_flags_inconsistent (also when backup eligibility differs
//   from the stored), webauthn_credential_unknown (another id or user handle than the stored),
//   webauthn_signature_invalid, webauthn_counter_regressed (not above the stored one, unless both are 0).
Result<VerifiedAssertion> verify_assertion(const webauthn::AuthenticationResponse& response,
                                           const AssertionPolicy& policy);

}  // namespace mibun::fido
