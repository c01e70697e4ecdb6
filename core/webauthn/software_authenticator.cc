#include "core/webauthn/software_authenticator.h"

#include <utility>

#include "core/crypto/hash.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/client_data.h"
#include "core/webauthn/cose_key.h"
#include "core/webauthn/rp_id.h"

namespace mibun::webauthn {
namespace {

// The client's and the authenticator's checks that both ceremonies share, and the data they have in common.
Result<AuthenticatorData> begin(const CeremonyRequest& request, const std::optional<UserVerification>& verification,
                                Instant now) {
  MIBUN_CHECK(check_rp_id_for_origin(request.rp_id, request.origin));
  if (verification && !verification->is_fresh(now)) {
    return fail(ErrorCode::wallet_user_verification_failed, "verification", "the holder was verified too long ago");
  }
  AuthenticatorData data;
  data.rp_id_hash = crypto::sha256(request.rp_id);
  data.user_present = true;
  data.user_verified = verification.has_value();
  data.counter = request.counter;
  return data;
}

}  // namespace

SoftwareAuthenticator::SoftwareAuthenticator(const crypto::P256Signer& device_key, Bytes credential_id,
                                             Bytes user_handle)
    : device_key_(device_key), credential_id_(std::move(credential_id)), user_handle_(std::move(user_handle)) {
  MIBUN_INVARIANT(!credential_id_.empty() && credential_id_.size() <= kCredentialIdBytesMax);
}

Result<RegistrationResponse> SoftwareAuthenticator::make_credential(const CeremonyRequest& request,
                                                                    const std::optional<UserVerification>& verification,
                                                                    Instant now) const {
  MIBUN_TRY(AuthenticatorData data, begin(request, verification, now));
  data.attested = AttestedCredential{kTerminalWalletAaguid, credential_id_, device_key_.public_key()};
  RegistrationResponse response;
  response.id = credential_id_;
  response.client_data_json = to_bytes(make_client_data(Ceremony::create, request.challenge, request.origin));
  response.transports = {"internal"};
  AttestationObject attestation{"packed", {}, data.write()};
  MIBUN_TRY(Bytes signature, sign(attestation.authenticator_data, response.client_data_json));
  attestation.statement = PackedStatement{kCoseEs256, std::move(signature), {}}.write();
  response.attestation_object = attestation.write();
  return response;
}

Result<AuthenticationResponse> SoftwareAuthenticator::get_assertion(const CeremonyRequest& request,
                                                                    const std::optional<UserVerification>& verification,
                                                                    Instant now) const {
  MIBUN_TRY(const AuthenticatorData data, begin(request, verification, now));
  AuthenticationResponse response;
  response.id = credential_id_;
  response.client_data_json = to_bytes(make_client_data(Ceremony::get, request.challenge, request.origin));
  response.authenticator_data = data.write();
  MIBUN_TRY(response.signature, sign(response.authenticator_data, response.client_data_json));
  response.user_handle = user_handle_;
  return response;
}

Result<Bytes> SoftwareAuthenticator::sign(BytesView authenticator_data, BytesView client_data_json) const {
  const crypto::Sha256Digest client_data_hash = crypto::sha256(client_data_json);
  Bytes message = to_bytes(authenticator_data);
  message.insert(message.end(), client_data_hash.begin(), client_data_hash.end());
  MIBUN_TRY(const crypto::P256Signature signature, device_key_.sign(message));
  return crypto::p256_signature_to_der(signature);
}

}  // namespace mibun::webauthn
