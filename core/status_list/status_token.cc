#include "core/status_list/status_token.h"

#include <array>
#include <utility>

#include "core/codecs/url.h"
#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"

namespace mibun::status_list {
namespace {

// kid may stand beside x5c; it is never used to find a key.
constexpr std::array<std::string_view, 2> kKeyHeaders = {"x5c", "kid"};
constexpr json::Limits kTokenLimits{.bytes_max = jose::kJwsBytesMax, .depth_max = 16, .values_max = 1000};
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of year 9999

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

Result<std::optional<Instant>> read_expiry(json::ObjectReader& reader, Instant now) {
  MIBUN_TRY(const std::optional<std::int64_t> exp, reader.optional_integer("exp"));
  if (!exp) return std::nullopt;
  // No leeway: a list that may be replayed after its end would undo a revocation.
  const Instant expires_at = Instant::from_unix_seconds(*exp);
  if (now >= expires_at) return fail(ErrorCode::status_list_expired, "exp", "the status list has expired");
  return expires_at;
}

Result<std::optional<seconds>> read_time_to_live(json::ObjectReader& reader) {
  MIBUN_TRY(const std::optional<std::int64_t> ttl, reader.optional_integer("ttl"));
  if (!ttl) return std::nullopt;
  if (*ttl <= 0 || *ttl > kSecondsMax) return fail(ErrorCode::status_list_malformed, "ttl", "ttl is positive");
  return seconds(*ttl);
}

}  // namespace

Result<std::string> issue_status_list_token(std::string_view uri, const StatusTokenTimes& times, const StatusList& list,
                                            const crypto::Signer& signer, std::span<const Bytes> chain) {
  if (times.time_to_live <= seconds(0) || times.expires_at <= times.issued_at || !HttpsUrl::parse(uri)) {
    return fail(ErrorCode::invalid_argument, "status_list_token", "no verifier would accept this list");
  }
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

Result<VerifiedStatusList> VerifiedStatusList::verify(std::string_view token, const StatusTokenPolicy& policy,
                                                      Instant now) {
  MIBUN_INVARIANT(policy.issuers.purpose() == crypto::CertificatePurpose::credential_issuer);
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(token, kTokenLimits));
  MIBUN_TRY(const std::vector<Bytes> chain, jws.x5c());
  MIBUN_TRY(crypto::Certificate signer, policy.issuers.verify_chain(chain, now));
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(signer.public_key(), {kStatusTokenType, kKeyHeaders}));

  json::ObjectReader reader(verified.payload(), "status_list_token");
  MIBUN_TRY(const std::string_view subject, reader.string("sub"));
  if (subject != policy.expected_uri) {
    return fail(ErrorCode::status_list_subject_mismatch, "sub", "the token is about another list");
  }
  MIBUN_CHECK(jose::check_times(verified.payload(), {.exp_required = false, .iat_required = true}, now));
  MIBUN_TRY(const std::optional<Instant> expires_at, read_expiry(reader, now));
  MIBUN_TRY(const std::optional<seconds> time_to_live, read_time_to_live(reader));
  MIBUN_TRY(const json::Object* const object, reader.object("status_list"));
  MIBUN_TRY(StatusList list, StatusList::parse(*object));

  VerifiedStatusList result(std::move(signer), std::move(list));
  result.uri_ = std::string(subject);
  result.expires_at_ = expires_at;
  result.time_to_live_ = time_to_live;
  return result;
}

Status VerifiedStatusList::check(const StatusReference& reference) const {
  if (reference.uri != uri_) {
    return fail(ErrorCode::status_list_subject_mismatch, "status.status_list.uri", "another list is meant");
  }
  // Any issuer that we trust could otherwise publish statuses for another one's credentials.
  if (reference.issuer) {
    MIBUN_CHECK(crypto::check_names_issuer(signer_, *reference.issuer));
  }
  MIBUN_TRY(const std::uint8_t value, list_.get(reference.index));
  return judge(value);
}

}  // namespace mibun::status_list
