#include "wallet/passkey.h"

#include <array>

#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/client_data.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kChallengeBytes = 32;

Status check_client_data(BytesView text, webauthn::Ceremony ceremony, BytesView challenge, const std::string& origin) {
  MIBUN_TRY(const auto client_data, webauthn::ClientData::parse(text));
  const std::array<std::string, 1> origins{origin};
  return client_data.check(ceremony, challenge, origins);
}

}  // namespace

Result<Passkey::Made> Passkey::make_credential(const webauthn::CreationOptions& options) {
  MIBUN_TRY(const std::string text, credentials_.create(json::serialize(options.to_json())));
  MIBUN_TRY(auto response, webauthn::RegistrationResponse::parse(text));
  MIBUN_CHECK(check_client_data(response.client_data_json, webauthn::Ceremony::create, options.challenge,
                                credentials_.origin()));
  MIBUN_TRY(const auto attestation, webauthn::AttestationObject::parse(response.attestation_object));
  MIBUN_TRY(const auto data, webauthn::AuthenticatorData::parse(attestation.authenticator_data));
  MIBUN_CHECK(data.check(options.rp_id));
  if (!data.attested || data.attested->credential_id != response.id) {
    return fail(ErrorCode::webauthn_malformed, "passkey", "a registration without its credential");
  }
  last_ = verified(clock_.now());
  Bytes id = response.id;
  return Made{std::move(response), std::move(id), data.attested->public_key};
}

Status Passkey::check(const Profile& profile, const webauthn::RequestOptions& options,
                      const webauthn::AuthenticationResponse& response) const {
  if (response.id != profile.credential_id || !profile.passkey) {
    return fail(ErrorCode::webauthn_malformed, "passkey", "another passkey than this wallet's");
  }
  MIBUN_CHECK(
      check_client_data(response.client_data_json, webauthn::Ceremony::get, options.challenge, credentials_.origin()));
  MIBUN_TRY(const auto data, webauthn::AuthenticatorData::parse(response.authenticator_data));
  MIBUN_CHECK(data.check(profile.rp_id));
  Bytes signed_bytes = response.authenticator_data;
  const auto digest = crypto::sha256(BytesView(response.client_data_json));
  signed_bytes.insert(signed_bytes.end(), digest.begin(), digest.end());
  return profile.passkey->verify_der(signed_bytes, response.signature);
}

Result<webauthn::AuthenticationResponse> Passkey::get_assertion(const Profile& profile,
                                                                webauthn::RequestOptions options) {
  options.allowed_credentials = {profile.credential_id};
  MIBUN_TRY(const std::string text, credentials_.get(json::serialize(options.to_json())));
  MIBUN_TRY(auto response, webauthn::AuthenticationResponse::parse(text));
  MIBUN_CHECK(check(profile, options, response));
  last_ = verified(clock_.now());
  return response;
}

Result<webauthn::UserVerification> Passkey::verify_user(std::string_view reason) {
  if (last_ && last_->is_fresh(clock_.now())) return *last_;
  return verify_user_again(reason);
}

Result<webauthn::UserVerification> Passkey::verify_user_again(std::string_view) {
  MIBUN_TRY(const Profile profile, load_profile(store_));
  webauthn::RequestOptions options;
  options.challenge = rng_.bytes(kChallengeBytes);
  options.rp_id = profile.rp_id;
  MIBUN_CHECK(get_assertion(profile, std::move(options)));
  return *last_;
}

}  // namespace mibun::wallet
