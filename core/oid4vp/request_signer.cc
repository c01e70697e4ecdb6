#include "core/oid4vp/request_signer.h"

#include <algorithm>
#include <utility>

#include "core/jose/jws.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/request_client.h"

namespace mibun::oid4vp {

Result<RequestSigner> RequestSigner::make(std::shared_ptr<const crypto::Signer> signer, std::span<const Bytes> chain,
                                          ClientId::Prefix prefix) {
  if (chain.empty()) return fail(ErrorCode::invalid_argument, "chain", "there is no certificate");
  MIBUN_TRY(crypto::Certificate leaf, crypto::Certificate::parse(chain.front()));
  if (leaf.public_key() != signer->verification_key()) {
    return fail(ErrorCode::invalid_argument, "chain", "not the signer's certificate");
  }
  MIBUN_TRY(std::string client_id, client_id_of(leaf, prefix));
  RequestSigner made(std::move(signer), std::move(client_id),
                     {{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(chain)}});
  made.leaf_ = std::move(leaf);
  return made;
}

Result<RequestSigner> RequestSigner::make_attested(std::shared_ptr<const crypto::Signer> signer,
                                                   const VerifiedAttestation& attestation) {
  if (attestation.key().key() != signer->verification_key()) {
    return fail(ErrorCode::invalid_argument, "attestation.cnf", "not the signer's key");
  }
  if (!attestation.redirect_uris()) {
    return fail(ErrorCode::invalid_argument, "attestation.redirect_uris", "no address for answers");
  }
  RequestSigner made(std::move(signer),
                     std::string(to_string(ClientId::Prefix::verifier_attestation)) + ":" + attestation.subject(),
                     {{"typ", kRequestObjectType}, {kVerifierAttestationHeader, attestation.text()}});
  made.addresses_ = *attestation.redirect_uris();
  return made;
}

Result<RequestSigner> RequestSigner::make_known(std::shared_ptr<const crypto::Signer> signer,
                                                const KnownVerifier& verifier) {
  const std::vector<jose::Jwk>& keys = verifier.keys.keys();
  const auto key = std::ranges::find(keys, signer->verification_key(), &jose::Jwk::key);
  if (key == keys.end()) return fail(ErrorCode::invalid_argument, "jwks", "the signer's key is not among them");
  json::Object header{{"typ", kRequestObjectType}};
  if (key->kid()) header["kid"] = *key->kid();
  RequestSigner made(std::move(signer), verifier.client_id, std::move(header));
  made.addresses_ = verifier.response_uris;
  return made;
}

Status RequestSigner::check_address(std::string_view uri, ResponseMode mode, const Registration& registration) const {
  if (leaf_) {
    if (mode == ResponseMode::fragment && names_origin_of(registration, uri)) return {};
    MIBUN_TRY(const ClientId client, ClientId::parse(client_id_));
    return client.check_response_uri(*leaf_, uri);
  }
  if (std::ranges::find(addresses_, uri) != addresses_.end()) return {};
  return fail(ErrorCode::oid4vp_response_uri_not_owned, "response_uri", "not an address that was named for answers");
}

}  // namespace mibun::oid4vp
