#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "core/crypto/hash.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/client_data.h"
#include "core/webauthn/cose_key.h"
#include "core/webauthn/software_authenticator.h"
#include "platform/fido/verify.h"
#include "tests/support/webauthn.h"

// A device with a fixed key and the server that knows it; both can be bent for a test.
namespace fido_test {

using namespace mibun;
using namespace mibun::webauthn;
using webauthn_test::must;

inline constexpr Instant kNow = Instant::from_unix_seconds(1'800'000'000);
inline const std::string kRpId = "id.example";
inline const std::string kOrigin = "https://id.example:8443";
inline const Bytes kChallenge = to_bytes("a challenge of thirty-two bytes.");
inline const Bytes kCredentialId = to_bytes("credential-id-16");
inline const Bytes kUserHandle = to_bytes("user-handle");

inline const crypto::P256PrivateKey& device_key() {
  static const crypto::P256PrivateKey key = webauthn_test::key_with(1);
  return key;
}

inline RegistrationResponse registration(std::uint32_t counter = 1) {
  const SoftwareAuthenticator device(device_key(), kCredentialId, kUserHandle);
  return must(
      device.make_credential({kRpId, kOrigin, kChallenge, counter}, webauthn_test::TestUser::verified_at(kNow), kNow));
}

inline AuthenticationResponse assertion(std::uint32_t counter = 2) {
  const SoftwareAuthenticator device(device_key(), kCredentialId, kUserHandle);
  return must(
      device.get_assertion({kRpId, kOrigin, kChallenge, counter}, webauthn_test::TestUser::verified_at(kNow), kNow));
}

inline fido::RegistrationPolicy registration_policy() {
  return {kRpId, {kOrigin}, kChallenge, {fido::Attestation::packed_self}};
}

inline fido::AssertionPolicy assertion_policy(std::uint32_t stored_counter = 1) {
  return {kRpId,
          {kOrigin},
          kChallenge,
          {kCredentialId, device_key().public_key(), stored_counter, /*backup_eligible=*/false, kUserHandle}};
}

inline Bytes sign(BytesView data, BytesView client_data_json, const crypto::P256Signer& key = device_key()) {
  Bytes message = to_bytes(data);
  const auto hash = crypto::sha256(client_data_json);
  message.insert(message.end(), hash.begin(), hash.end());
  return crypto::p256_signature_to_der(must(key.sign(message)));
}

// A registration whose authenticator data was changed before it was signed: a device that lies, not a wire that does.
inline RegistrationResponse resigned(const std::function<void(AuthenticatorData&)>& change) {
  RegistrationResponse response = registration();
  AttestationObject object = must(AttestationObject::parse(response.attestation_object));
  AuthenticatorData data = must(AuthenticatorData::parse(object.authenticator_data));
  change(data);
  object.authenticator_data = data.write();
  object.statement =
      PackedStatement{kCoseEs256, sign(object.authenticator_data, response.client_data_json), {}}.write();
  response.attestation_object = object.write();
  return response;
}

inline AuthenticationResponse resigned_assertion(const std::function<void(AuthenticatorData&)>& change) {
  AuthenticationResponse response = assertion();
  AuthenticatorData data = must(AuthenticatorData::parse(response.authenticator_data));
  change(data);
  response.authenticator_data = data.write();
  response.signature = sign(response.authenticator_data, response.client_data_json);
  return response;
}

// A registration with the bytes of its attestation object's parts changed, nothing signed again. Signatures differ from
// one registration to the next, so who counts in bytes gives the one that was counted.
inline RegistrationResponse bent(RegistrationResponse response, const std::function<void(AttestationObject&)>& change) {
  AttestationObject object = must(AttestationObject::parse(response.attestation_object));
  change(object);
  response.attestation_object = object.write();
  return response;
}
inline RegistrationResponse bent(const std::function<void(AttestationObject&)>& change) {
  return bent(registration(), change);
}

}  // namespace fido_test
