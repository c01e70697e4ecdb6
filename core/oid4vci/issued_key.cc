#include "core/oid4vci/issued_key.h"

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/mdoc/issuer_signed.h"
#include "core/oid4vci/cause.h"

namespace mibun::oid4vci {
namespace {

std::unexpected<Error> malformed(const std::string& place, std::string detail) {
  return fail(ErrorCode::oid4vci_response_malformed, place, std::move(detail));
}

Result<crypto::PublicKey> key_of_sd_jwt(std::string_view credential, const std::string& place) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_response_malformed;
  MIBUN_TRY_AS(kCode, place, const jose::Jws jws, jose::Jws::parse(credential.substr(0, credential.find('~'))));
  MIBUN_TRY_AS(kCode, place, const json::Object payload, jws.unverified_payload());
  json::ObjectReader reader(payload, "payload");
  MIBUN_TRY_AS(kCode, place, const json::Object* cnf, reader.object("cnf"));
  json::ObjectReader cnf_reader(*cnf, "cnf");
  MIBUN_TRY_AS(kCode, place, const json::Object* jwk, cnf_reader.object("jwk"));
  MIBUN_TRY_AS(kCode, place, jose::Jwk key, jose::Jwk::parse(*jwk));
  return key.key();
}

// Appendix A.2.4: IssuerSigned in base64url.
Result<crypto::PublicKey> key_of_mdoc(std::string_view credential, const std::string& place) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_response_malformed;
  MIBUN_TRY_AS(kCode, place, const Bytes bytes, base64url::decode(credential));
  cbor::ChunkStore chunks;
  MIBUN_TRY_AS(kCode, place, const mdoc::IssuerSigned signed_items, mdoc::IssuerSigned::parse(bytes, chunks));
  return signed_items.mso.device_key;
}

Result<crypto::PublicKey> bound_key(CredentialFormat format, std::string_view credential, const std::string& place) {
  return format == CredentialFormat::mso_mdoc ? key_of_mdoc(credential, place) : key_of_sd_jwt(credential, place);
}

}  // namespace

Result<std::vector<IssuedCopy>> match_copies(CredentialFormat format, std::vector<std::string> credentials,
                                             std::span<const HolderKey> keys) {
  std::vector<bool> taken(keys.size());
  std::vector<IssuedCopy> copies;
  for (std::size_t i = 0; i < credentials.size(); ++i) {
    const std::string place = "credentials[" + std::to_string(i) + "]";
    MIBUN_TRY(const crypto::PublicKey bound, bound_key(format, credentials[i], place));
    std::size_t at = 0;
    while (at < keys.size() && !(keys[at].signer->public_key() == bound)) ++at;
    if (at == keys.size()) return malformed(place, "bound to a key that is not ours");
    if (taken[at]) return malformed(place, "bound to the key of another copy");
    taken[at] = true;
    copies.push_back({std::move(credentials[i]), keys[at].id});
  }
  return copies;
}

}  // namespace mibun::oid4vci
