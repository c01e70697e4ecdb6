#include "core/oid4vci/provider_jwt.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kKeyHeaders[] = {"x5c", "kid"};

}  // namespace

Result<std::string> sign_provider_jwt(std::string_view typ, const json::Object& payload,
                                      const ProviderSigner& provider) {
  json::Object header{{"typ", typ}, {"x5c", jose::x5c_member(provider.chain)}};
  return jose::sign_jws(std::move(header), payload, provider.signer);
}

Result<ProviderJwt> verify_provider_jwt(const jose::Jws& jws, std::string_view typ,
                                        const crypto::TrustAnchors& providers, Instant now) {
  MIBUN_CHECK(providers.check_purpose(crypto::CertificatePurpose::wallet_provider));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(crypto::Certificate signer, providers.verify_chain(chain, now));
  if (signer.public_key().p256() == nullptr) {
    return fail(ErrorCode::algorithm_not_allowed, "header.x5c", "only ES256 is taken");
  }
  const jose::JwsPolicy policy{.typ = typ, .key_headers = kKeyHeaders};
  MIBUN_TRY(jose::VerifiedJws jwt, jws.verify(signer.public_key(), policy));
  return ProviderJwt{std::move(jwt).payload(), std::move(signer)};
}

Result<jose::Jwk> read_attested_key(const json::Value& value, std::string_view where) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, std::string(where), "not an object");
  MIBUN_TRY(jose::Jwk key, jose::Jwk::parse(value.get_object()));
  MIBUN_CHECK(key.p256());
  MIBUN_CHECK(key.check_use(jose::KeyUse::signature));
  return key;
}

}  // namespace mibun::oid4vci
