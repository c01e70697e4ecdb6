#include "platform/fido/verify.h"

#include <algorithm>
#include <array>

#include "core/webauthn/attestation_certificate.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/client_data.h"
#include "core/webauthn/cose_key.h"
#include "platform/fido/library.h"

namespace mibun::fido {
namespace {

using webauthn::AttestationObject;
using webauthn::AuthenticatorData;
using webauthn::Ceremony;
using webauthn::ClientData;
using webauthn::PackedStatement;

Status check_client_data(BytesView json, Ceremony ceremony, BytesView challenge,
                         const std::vector<std::string>& origins) {
  MIBUN_TRY(const ClientData client_data, ClientData::parse(json));
  return client_data.check(ceremony, challenge, origins);
}

Status check_id(const webauthn::RegistrationResponse& response, const AuthenticatorData& data) {
  if (!data.attested) return fail(ErrorCode::webauthn_malformed, "authenticatorData", "it carries no credential");
  if (data.attested->credential_id == response.id) return {};
  return fail(ErrorCode::webauthn_malformed, "id", "it differs from the id in the authenticator data");
}

Status check_allowed(Attestation attestation, const RegistrationPolicy& policy) {
  if (std::ranges::find(policy.attestations_allowed, attestation) != policy.attestations_allowed.end()) return {};
  return fail(ErrorCode::webauthn_attestation_not_allowed, "attestationObject.fmt", "policy does not take this kind");
}

// Format "none": section 8.7. There is nothing to verify, so there must be nothing at all.
Result<Attestation> verify_none(const AttestationObject& object, const RegistrationPolicy& policy) {
  MIBUN_CHECK(check_allowed(Attestation::none, policy));
  constexpr std::array<std::uint8_t, 1> kEmptyMap{0xA0};
  if (std::ranges::equal(object.statement, kEmptyMap)) return Attestation::none;
  return fail(ErrorCode::webauthn_attestation_invalid, "attStmt", "format none has an empty statement");
}

// Format "packed": section 8.2.
Result<Attestation> verify_packed(const AttestationObject& object, const AuthenticatorData& data,
                                  const RegistrationPolicy& policy, BytesView client_data_json) {
  MIBUN_TRY(const PackedStatement statement, PackedStatement::parse(object.statement));
  const auto attestation = statement.x5c.empty() ? Attestation::packed_self : Attestation::packed_certificate;
  MIBUN_CHECK(check_allowed(attestation, policy));
  if (statement.algorithm != webauthn::kCoseEs256) {
    return fail(ErrorCode::webauthn_algorithm_not_allowed, "attStmt.alg", "only ES256 is taken");
  }
  MIBUN_CHECK(verify_packed_attestation(object, statement, data.extensions, policy.rp_id, client_data_json));
  if (attestation == Attestation::packed_certificate) {
    MIBUN_CHECK(webauthn::check_attestation_certificate(statement.x5c.front(), data.attested->aaguid));
  }
  return attestation;
}

Result<Attestation> verify_attestation(const AttestationObject& object, const AuthenticatorData& data,
                                       const RegistrationPolicy& policy, BytesView client_data_json) {
  if (object.format == "none") return verify_none(object, policy);
  if (object.format == "packed") return verify_packed(object, data, policy, client_data_json);
  return fail(ErrorCode::webauthn_attestation_not_allowed, "attestationObject.fmt", "a format that is not known here");
}

Status check_credential(const webauthn::AuthenticationResponse& response, const StoredCredential& stored) {
  if (response.id != stored.id) {
    return fail(ErrorCode::webauthn_credential_unknown, "id", "not the credential that was stored");
  }
  if (response.user_handle && *response.user_handle != stored.user_handle) {
    return fail(ErrorCode::webauthn_credential_unknown, "userHandle", "not the user that was stored");
  }
  return {};
}

Status check_against_stored(const AuthenticatorData& data, const StoredCredential& stored) {
  if (data.attested) return fail(ErrorCode::webauthn_malformed, "authenticatorData", "it carries another credential");
  if (data.backup_eligible != stored.backup_eligible) {
    return fail(ErrorCode::webauthn_backup_flags_inconsistent, "authenticatorData.flags",
                "eligibility for backup never changes");
  }
  return {};
}

Status check_counter(std::uint32_t counter, std::uint32_t stored) {
  if (counter > stored || (counter == 0 && stored == 0)) return {};
  return fail(ErrorCode::webauthn_counter_regressed, "authenticatorData.signCount", "not above the stored counter");
}

}  // namespace

std::string_view to_string(Attestation attestation) {
  switch (attestation) {
    case Attestation::none:
      return "none";
    case Attestation::packed_self:
      return "packed_self";
    case Attestation::packed_certificate:
      return "packed_certificate";
  }
  return "unknown";
}

Result<RegisteredCredential> verify_registration(const webauthn::RegistrationResponse& response,
                                                 const RegistrationPolicy& policy) {
  MIBUN_CHECK(check_client_data(response.client_data_json, Ceremony::create, policy.challenge, policy.origins));
  MIBUN_TRY(const AttestationObject object, AttestationObject::parse(response.attestation_object));
  MIBUN_TRY(AuthenticatorData data, AuthenticatorData::parse(object.authenticator_data));
  MIBUN_CHECK(check_id(response, data));
  MIBUN_CHECK(data.check(policy.rp_id));
  MIBUN_TRY(const Attestation attestation, verify_attestation(object, data, policy, response.client_data_json));
  return RegisteredCredential(std::move(data), attestation);
}

Result<VerifiedAssertion> verify_assertion(const webauthn::AuthenticationResponse& response,
                                           const AssertionPolicy& policy) {
  MIBUN_CHECK(check_credential(response, policy.credential));
  MIBUN_CHECK(check_client_data(response.client_data_json, Ceremony::get, policy.challenge, policy.origins));
  MIBUN_TRY(const AuthenticatorData data, AuthenticatorData::parse(response.authenticator_data));
  MIBUN_CHECK(data.check(policy.rp_id));
  MIBUN_CHECK(check_against_stored(data, policy.credential));
  MIBUN_CHECK(verify_assertion_signature(policy.credential.public_key, response.authenticator_data, data.extensions,
                                         policy.rp_id, response.client_data_json, response.signature));
  MIBUN_CHECK(check_counter(data.counter, policy.credential.counter));
  return VerifiedAssertion(data.counter, data.backup_state);
}

}  // namespace mibun::fido
