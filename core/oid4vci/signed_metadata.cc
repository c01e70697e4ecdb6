#include "core/oid4vci/signed_metadata.h"

#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

// kid may stand beside x5c; it is never used to find a key.
constexpr std::string_view kKeyHeaders[] = {"x5c", "kid"};
constexpr jose::TimePolicy kTimes{
    .exp_required = false, .leeway = kClockSkewMax, .iat_age_max = std::chrono::hours(24)};

// The payload of metadata whose signer may speak for the issuer that `subject_claim` names.
Result<json::Object> verify_metadata(std::string_view text, std::string_view typ, std::string_view subject_claim,
                                     const SignedMetadataPolicy& policy) {
  MIBUN_CHECK(policy.issuers.check_purpose(crypto::CertificatePurpose::credential_issuer));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text, kMetadataLimits));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(const crypto::Certificate signer, policy.issuers.verify_chain(chain, policy.now));
  MIBUN_TRY(jose::VerifiedJws verified, jws.verify(signer.public_key(), {.typ = typ, .key_headers = kKeyHeaders}));
  MIBUN_CHECK(jose::check_times(verified.payload(), kTimes, policy.now));
  json::ObjectReader reader(verified.payload(), "metadata");
  MIBUN_TRY(const std::string_view subject, reader.string(subject_claim));
  if (subject != policy.credential_issuer || !crypto::check_names_issuer(signer, subject)) {
    return fail(ErrorCode::oid4vci_issuer_mismatch, reader.place(subject_claim),
                "another issuer than the signer, or than asked");
  }
  return std::move(verified).payload();
}

}  // namespace

Result<std::string> sign_issuer_metadata(const IssuerMetadata& metadata, Instant now, const crypto::Signer& signer,
                                         std::span<const Bytes> chain) {
  json::Object payload = metadata.to_json();
  payload["sub"] = metadata.credential_issuer;
  payload["iat"] = now.unix_seconds();
  return jose::sign_jws({{"typ", kSignedMetadataType}, {"x5c", jose::x5c_member(chain)}}, payload, signer);
}

Result<IssuerMetadata> verify_issuer_metadata(std::string_view text, const SignedMetadataPolicy& policy) {
  MIBUN_TRY(const json::Object payload, verify_metadata(text, kSignedMetadataType, "sub", policy));
  return IssuerMetadata::parse(json::serialize(payload), policy.credential_issuer);
}

Result<std::string> sign_server_metadata(const AuthorizationServerMetadata& metadata, Instant now,
                                         const crypto::Signer& signer, std::span<const Bytes> chain) {
  json::Object payload = metadata.to_json();
  payload["iss"] = metadata.issuer;
  payload["iat"] = now.unix_seconds();
  return jose::sign_jws({{"typ", kSignedServerMetadataType}, {"x5c", jose::x5c_member(chain)}}, payload, signer);
}

bool is_signed_server_metadata(std::string_view text) {
  const auto jws = jose::Jws::parse(text, kMetadataLimits);
  if (!jws) return false;
  const json::Value* typ = jws->unverified_header().if_contains("typ");
  return typ != nullptr && typ->is_string() && typ->get_string() == kSignedServerMetadataType;
}

Result<AuthorizationServerMetadata> verify_server_metadata(std::string_view text, const SignedMetadataPolicy& policy) {
  MIBUN_TRY(const json::Object payload, verify_metadata(text, kSignedServerMetadataType, "iss", policy));
  return AuthorizationServerMetadata::parse(json::serialize(payload), policy.credential_issuer);
}

}  // namespace mibun::oid4vci
