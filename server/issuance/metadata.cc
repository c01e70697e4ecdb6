#include "core/oid4vci/signed_metadata.h"
#include "server/issuance/configurations.h"
#include "server/issuance/service.h"

namespace mibun::server {
namespace {

const std::vector<jose::ContentEncryption> kEncs{jose::ContentEncryption::a128gcm, jose::ContentEncryption::a256gcm};

jose::Jwk encryption_jwk(const Trust& trust) {
  jose::Jwk jwk(trust.credential_encryption().public_key());
  jwk.set_kid(jwk.thumbprint());
  jwk.set_alg("ECDH-ES");
  jwk.set_use("enc");
  return jwk;
}

}  // namespace

oid4vci::IssuerMetadata IssuanceService::metadata() const {
  oid4vci::IssuerMetadata metadata;
  metadata.credential_issuer = public_origin_;
  metadata.credential_endpoint = public_origin_ + "/oid4vci/credential";
  metadata.nonce_endpoint = public_origin_ + "/oid4vci/nonce";
  metadata.deferred_credential_endpoint = public_origin_ + "/oid4vci/deferred_credential";
  metadata.notification_endpoint = public_origin_ + "/oid4vci/notification";
  metadata.request_encryption = {{encryption_jwk(trust_)}, kEncs, false};
  metadata.response_encryption = {true, kEncs, false};
  metadata.batch_size = kBatchSize;
  metadata.display = {{"mibun 身分", "ja"}, {"mibun", "en"}};
  metadata.configurations = configurations();
  for (auto& card : metadata.configurations) card.key_attestations = key_demand_.of_card(card.id);
  return metadata;
}

std::vector<oid4vci::DecryptionKey> IssuanceService::decryption_keys() const {
  return {{*encryption_jwk(trust_).kid(), &trust_.credential_encryption()}};
}

Result<std::string> IssuanceService::signed_metadata() const {
  const SigningIdentity& issuer = trust_.credential_issuer();
  return oid4vci::sign_issuer_metadata(metadata(), clock_.now(), *issuer.signer, issuer.chain);
}

}  // namespace mibun::server
