#include "core/oid4vci/key_attestation.h"

#include <algorithm>
#include <set>

#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/provider_jwt.h"

namespace mibun::oid4vci {
namespace {

constexpr ErrorCode kInvalid = ErrorCode::oid4vci_key_attestation_invalid;
constexpr std::string_view kPlace = "key_attestation";
constexpr std::string_view kTyp = "key-attestation+jwt";
constexpr std::size_t kLevelsMax = 16;

std::unexpected<Error> invalid(const std::string& where, std::string detail) {
  return fail(kInvalid, std::string(kPlace) + "." + where, std::move(detail));
}

json::Array to_array(std::span<const std::string> texts) {
  return json::Array(texts.begin(), texts.end());
}

Status check_issuer(json::ObjectReader& claims, const crypto::Certificate& signer) {
  MIBUN_TRY_AS(kInvalid, kPlace, const auto iss, claims.optional_string("iss"));
  if (!iss) return {};
  MIBUN_CHECK_AS(kInvalid, kPlace, crypto::check_names_issuer(signer, *iss));
  return {};
}

// Its nonce was made a moment ago, so it was as well.
Status check_times(const json::Object& payload, KeyAttestationUse use, Instant now) {
  const jose::TimePolicy times{
      .exp_required = use == KeyAttestationUse::in_jwt_proof, .leeway = kClockSkewMax, .iat_age_max = kProofAgeMax};
  MIBUN_CHECK_AS(kInvalid, kPlace, jose::check_times(payload, times, now));
  return {};
}

Result<std::vector<jose::Jwk>> read_keys(json::ObjectReader& claims, std::size_t keys_max) {
  MIBUN_TRY_AS(kInvalid, kPlace, const json::Array* array, claims.array("attested_keys"));
  if (array->empty() || array->size() > keys_max) return invalid("attested_keys", "none or too many");
  std::vector<jose::Jwk> keys;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string where = "attested_keys[" + std::to_string(i) + "]";
    MIBUN_TRY_AS(kInvalid, kPlace, jose::Jwk key, read_attested_key((*array)[i], where));
    const bool again = std::ranges::any_of(keys, [&](const jose::Jwk& other) { return other.key() == key.key(); });
    if (again) return invalid(where, "a key stands twice");
    keys.push_back(std::move(key));
  }
  return keys;
}

// "A non-empty array of case sensitive strings", of which one must be wanted.
Result<std::vector<std::string>> read_levels(json::ObjectReader& claims, std::string_view name,
                                             std::span<const std::string> wanted) {
  std::vector<std::string> levels;
  MIBUN_TRY_AS(kInvalid, kPlace, const json::Array* array, claims.optional_array(name));
  if (array != nullptr) {
    if (array->empty() || array->size() > kLevelsMax) return invalid(std::string(name), "none or too many");
    MIBUN_TRY_AS(kInvalid, kPlace, levels, json::string_array(*array, name));
    if (std::set<std::string>(levels.begin(), levels.end()).size() != levels.size()) {
      return invalid(std::string(name), "a level stands twice");
    }
  }
  const bool enough = wanted.empty() || std::ranges::any_of(levels, [&](const std::string& level) {
                        return std::ranges::find(wanted, level) != wanted.end();
                      });
  if (!enough) return invalid(std::string(name), "not a level that the issuer asks for");
  return levels;
}

}  // namespace

Result<std::string> make_key_attestation(const KeyAttestationRequest& request, const ProviderSigner& provider) {
  json::Array keys;
  for (const crypto::P256PublicKey& key : request.keys) keys.push_back(jose::Jwk(key).to_json());
  json::Object payload{{"iss", request.issuer},
                       {"iat", request.issued_at.unix_seconds()},
                       {"exp", request.expires.unix_seconds()},
                       {"attested_keys", std::move(keys)},
                       {"nonce", request.nonce}};
  if (!request.key_storage.empty()) payload["key_storage"] = to_array(request.key_storage);
  if (!request.user_authentication.empty()) payload["user_authentication"] = to_array(request.user_authentication);
  return sign_provider_jwt(kTyp, payload, provider);
}

Result<VerifiedKeyAttestation> VerifiedKeyAttestation::verify(std::string_view jwt,
                                                              const KeyAttestationPolicy& policy) {
  if (jwt.size() > kKeyAttestationBytesMax) return invalid("jwt", "too large");
  MIBUN_TRY_AS(kInvalid, kPlace, const jose::Jws jws, jose::Jws::parse(jwt));
  MIBUN_TRY_AS(kInvalid, kPlace, const ProviderJwt attestation,
               verify_provider_jwt(jws, kTyp, policy.providers, policy.now));
  json::ObjectReader claims(attestation.payload, "");
  MIBUN_CHECK(check_issuer(claims, attestation.signer));
  MIBUN_CHECK(check_times(attestation.payload, policy.use, policy.now));

  VerifiedKeyAttestation verified;
  MIBUN_TRY(verified.keys_, read_keys(claims, policy.keys_max));
  MIBUN_TRY(verified.key_storage_, read_levels(claims, "key_storage", policy.key_storage));
  MIBUN_TRY(verified.user_authentication_, read_levels(claims, "user_authentication", policy.user_authentication));
  // Optional in general; with a nonce endpoint it must be there: appendices F.1 and F.4.
  MIBUN_TRY_AS(kInvalid, kPlace, const std::string_view nonce, claims.string("nonce"));
  if (nonce.empty() || nonce.size() > kNonceCharactersMax) return invalid("nonce", "empty or too long");
  verified.nonce_ = std::string(nonce);
  MIBUN_TRY_AS(kInvalid, kPlace, verified.status_, status_list::StatusReference::parse(attestation.payload));
  return verified;
}

}  // namespace mibun::oid4vci
