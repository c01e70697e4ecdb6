#include "core/status_list/status_token.h"

#include <utility>

#include "core/codecs/url.h"
#include "core/cose/sign1.h"
#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"
#include "core/status_list/status_claims.h"

namespace mibun::status_list {
namespace {

using crypto::CertificatePurpose;

// kid may stand beside x5c; it is never used to find a key.
constexpr std::string_view kKeyHeaders[] = {"x5c", "kid"};
constexpr json::Limits kTokenLimits{.bytes_max = jose::kJwsBytesMax, .depth_max = 16, .values_max = 1000};

Status judge(std::uint8_t value) {
  switch (value) {
    case kValid:
      return {};
    case kInvalid:
      return fail(ErrorCode::status_revoked, "status", "the issuer revoked the credential");
    case kSuspended:
      return fail(ErrorCode::status_suspended, "status", "the issuer suspended the credential");
    default:
      return fail(ErrorCode::status_unknown_value, "status", "the status has a value that is not known here");
  }
}

Status check_issuable(std::string_view uri, const StatusTokenTimes& times) {
  if (times.time_to_live > seconds(0) && times.expires_at > times.issued_at && HttpsUrl::parse(uri)) return {};
  return fail(ErrorCode::invalid_argument, "status_list_token", "no verifier would accept this list");
}

bool may_sign_lists(CertificatePurpose purpose) {
  return purpose == CertificatePurpose::credential_issuer || purpose == CertificatePurpose::mdoc_document_signer ||
         purpose == CertificatePurpose::status_list_signer || purpose == CertificatePurpose::wallet_provider;
}

// The signature over a token with a known key, and what is inside.
Result<TokenContents> open_jwt(const jose::Jws& jws, const crypto::PublicKey& key) {
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(key, {kStatusTokenType, kKeyHeaders}));
  return TokenContents::from_jwt(verified.payload());
}

Result<TokenContents> open_cwt(const cose::Sign1& message, const crypto::PublicKey& key) {
  const cose::SignaturePolicy policy{.type = kStatusCwtMediaType, .names = cose::AlgorithmNames::either};
  MIBUN_TRY(const cose::VerifiedSign1 verified, message.verify(key, policy));
  return TokenContents::from_cwt(verified.payload());
}

}  // namespace

Result<StatusTokenFormat> status_token_format(std::string_view media_type) {
  if (media_type == kStatusTokenMediaType) return StatusTokenFormat::jwt;
  if (media_type == kStatusCwtMediaType) return StatusTokenFormat::cwt;
  return fail(ErrorCode::status_list_malformed, "content-type", "not the media type of a status list token");
}

Result<std::string> issue_status_list_token(std::string_view uri, const StatusTokenTimes& times,
                                            const CompressedStatusList& list, const crypto::Signer& signer,
                                            std::span<const Bytes> chain) {
  MIBUN_CHECK(check_issuable(uri, times));
  json::Object header;
  header["typ"] = kStatusTokenType;
  header["x5c"] = jose::x5c_member(chain);
  json::Object payload;
  payload["sub"] = uri;
  payload["iat"] = times.issued_at.unix_seconds();
  payload["exp"] = times.expires_at.unix_seconds();
  payload["ttl"] = times.time_to_live.count();
  payload["status_list"] = list.to_json();
  return jose::sign_jws(std::move(header), payload, signer);
}

Result<Bytes> issue_status_list_cwt(std::string_view uri, const StatusTokenTimes& times,
                                    const CompressedStatusList& list, const crypto::Signer& signer,
                                    std::span<const Bytes> chain) {
  MIBUN_CHECK(check_issuable(uri, times));
  cbor::Writer claims;
  claims.map(5).integer(cwt::subject).text(uri).integer(cwt::expires_at).integer(times.expires_at.unix_seconds());
  claims.integer(cwt::issued_at).integer(times.issued_at.unix_seconds());
  claims.integer(cwt::status_list).raw(list.to_cbor()).integer(cwt::time_to_live).integer(times.time_to_live.count());
  return cose::sign1(claims.view(), signer, {.type = kStatusCwtMediaType, .x5chain = chain, .tagged = true});
}

Result<VerifiedStatusList> VerifiedStatusList::verify(StatusTokenFormat format, BytesView token,
                                                      const StatusTokenPolicy& policy, Instant now) {
  if (!may_sign_lists(policy.issuers.purpose())) {
    return fail(ErrorCode::certificate_wrong_purpose, "policy.issuers", "not those of status list signers");
  }
  if (format == StatusTokenFormat::jwt) {
    MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(as_text(token), kTokenLimits));
    MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
    MIBUN_TRY(crypto::Certificate signer, policy.issuers.verify_chain(chain, now));
    MIBUN_TRY(TokenContents contents, open_jwt(jws, signer.public_key()));
    MIBUN_CHECK(contents.check(policy.expected_uri, now));
    return VerifiedStatusList(std::move(signer), {}, std::move(contents.claims), std::move(contents.list));
  }
  MIBUN_TRY(const cose::Sign1 message, cose::Sign1::parse(token, cose::Tagging::required));
  MIBUN_TRY(const std::span<const BytesView> chain, message.unverified_headers().chain());
  MIBUN_TRY(crypto::Certificate signer, policy.issuers.verify_chain(chain, now));
  MIBUN_TRY(TokenContents contents, open_cwt(message, signer.public_key()));
  MIBUN_CHECK(contents.check(policy.expected_uri, now));
  return VerifiedStatusList(std::move(signer), {}, std::move(contents.claims), std::move(contents.list));
}

Result<VerifiedStatusList> VerifiedStatusList::verify(StatusTokenFormat format, BytesView token,
                                                      const StatusTokenKeyPolicy& policy, Instant now) {
  const auto open = [&]() -> Result<TokenContents> {
    if (format == StatusTokenFormat::jwt) {
      MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(as_text(token), kTokenLimits));
      return open_jwt(jws, policy.key);
    }
    MIBUN_TRY(const cose::Sign1 message, cose::Sign1::parse(token, cose::Tagging::required));
    return open_cwt(message, policy.key);
  };
  MIBUN_TRY(TokenContents contents, open());
  MIBUN_CHECK(contents.check(policy.expected_uri, now));
  return VerifiedStatusList(std::nullopt, std::string(policy.issuer), std::move(contents.claims),
                            std::move(contents.list));
}

Status VerifiedStatusList::check_issuer(std::string_view issuer) const {
  if (signer_) return crypto::check_names_issuer(*signer_, issuer);
  if (issuer == issuer_) return {};
  return fail(ErrorCode::jwt_issuer_mismatch, "iss", "not the owner of the list's key");
}

Status VerifiedStatusList::check(const StatusReference& reference) const {
  if (reference.uri != claims_.uri) {
    return fail(ErrorCode::status_list_subject_mismatch, "status.status_list.uri", "another list is meant");
  }
  // Any issuer that we trust could otherwise publish statuses for another one's credentials.
  if (reference.issuer) {
    MIBUN_CHECK(check_issuer(*reference.issuer));
  }
  MIBUN_TRY(const std::uint8_t value, list_.get(reference.index));
  return judge(value);
}

}  // namespace mibun::status_list
