#include "core/oid4vci/key_possession.h"

#include "core/jose/jws.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/provider_jwt.h"

namespace mibun::oid4vci {
namespace {

constexpr ErrorCode kInvalid = ErrorCode::oid4vci_invalid_proof;
constexpr std::string_view kPlace = "possession";
constexpr std::string_view kTyp = "mibun-key-possession+jwt";
constexpr std::string_view kKeyHeaders[] = {"jwk"};

}  // namespace

Result<std::string> make_key_possession(const KeyPossession& possession, const crypto::P256Signer& key, Instant now) {
  json::Object header{{"typ", kTyp}, {"jwk", jose::Jwk(key.public_key()).to_json()}};
  const json::Object payload{{"aud", possession.provider}, {"sub", possession.account}, {"iat", now.unix_seconds()}};
  return jose::sign_jws(std::move(header), payload, key);
}

Result<jose::Jwk> verify_key_possession(std::string_view jwt, const KeyPossession& expected, Instant now) {
  if (jwt.size() > kCompactJwtBytesMax) return fail(kInvalid, std::string(kPlace), "too large");
  MIBUN_TRY_AS(kInvalid, kPlace, const jose::Jws jws, jose::Jws::parse(jwt));
  const json::Value* member = jws.unverified_header().if_contains("jwk");
  if (member == nullptr) return fail(kInvalid, "possession.header.jwk", "missing");
  MIBUN_TRY_AS(kInvalid, kPlace, jose::Jwk key, read_attested_key(*member, "header.jwk"));
  const jose::JwsPolicy policy{.typ = kTyp, .key_headers = kKeyHeaders};
  MIBUN_TRY_AS(kInvalid, kPlace, const jose::VerifiedJws verified, jws.verify(key.key(), policy));

  json::ObjectReader claims(verified.payload(), "");
  MIBUN_TRY_AS(kInvalid, kPlace, const std::string_view aud, claims.string("aud"));
  if (aud != expected.provider) return fail(kInvalid, "possession.aud", "another provider");
  MIBUN_TRY_AS(kInvalid, kPlace, const std::string_view sub, claims.string("sub"));
  if (sub != expected.account) return fail(kInvalid, "possession.sub", "another account");
  const jose::TimePolicy times{.exp_required = false, .leeway = kClockSkewMax, .iat_age_max = kProofAgeMax};
  MIBUN_CHECK_AS(kInvalid, kPlace, jose::check_times(verified.payload(), times, now));
  return key;
}

}  // namespace mibun::oid4vci
