#include "server/trust/trust.h"

#include <array>
#include <utility>

#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/mdoc_certificates.h"
#include "platform/files/files.h"
#include "server/trust/iaca.h"
#include "server/trust/key_directory.h"

namespace mibun::server {
namespace {

constexpr auto kRootLifetime = std::chrono::hours(24 * 3650);
constexpr auto kLeafLifetime = std::chrono::hours(24 * 730);
Result<std::unique_ptr<StoredIdentity>> open_root(const KeyDirectory& keys, std::string_view name,
                                                  std::string common_name, Instant now) {
  return open_identity(keys, name, [&](const crypto::P256PrivateKey& key) {
    crypto::CertificateRequest request;
    request.common_name = std::move(common_name);
    request.organization = "mibun";
    request.not_before = now - kCertificateBackdate;
    request.not_after = now + kRootLifetime;
    return crypto::make_root_certificate(request, key);
  });
}

struct LeafNames {
  std::string common_name;
  std::string host;
  std::string origin;
};

Result<crypto::Certificate> certify_leaf(const crypto::P256PrivateKey& key, const LeafNames& names,
                                         crypto::CertificatePurpose purpose, const StoredIdentity& root, Instant now) {
  crypto::CertificateRequest request;
  request.common_name = names.common_name;
  request.organization = "mibun";
  request.not_before = now - kCertificateBackdate;
  request.not_after = now + kLeafLifetime;
  request.san_dns = {names.host};
  if (purpose == crypto::CertificatePurpose::tls_server) {
    request.san_ip = {"127.0.0.1"};
  } else {
    request.san_uri = {names.origin};
  }
  request.purpose = purpose;
  MIBUN_TRY(crypto::Certificate issuer, crypto::Certificate::parse(root.chain.front()));
  return crypto::make_certificate(request, key.public_key(), issuer, root.key);
}

Result<crypto::TrustAnchors> anchors_of(const StoredIdentity& root, crypto::CertificatePurpose purpose) {
  MIBUN_TRY(crypto::CaCertificate certificate, crypto::CaCertificate::parse(root.chain.front()));
  // Our own roots publish no lists: their certificates are few, and taken off the trust list when a key is lost.
  return crypto::TrustAnchors(purpose, {std::move(certificate)}, crypto::RevocationPolicy::ignore_revocation);
}

Result<json::Array> pem_list(const StoredIdentity& root) {
  MIBUN_TRY(crypto::Certificate certificate, crypto::Certificate::parse(root.chain.front()));
  return json::Array{json::Value(certificate.pem())};
}

SigningIdentity signing_identity(StoredIdentity&& stored) {
  return {std::make_unique<crypto::P256PrivateKey>(std::move(stored.key)), std::move(stored.chain)};
}

class FileTrust final : public Trust {
 public:
  struct Parts {
    KeyDirectory keys;
    SigningIdentity credential_issuer, document_signer, registrar, receipt, wallet_provider;
    crypto::P256PrivateKey credential_encryption, push_sender;
    http::TlsIdentity tls;
    crypto::TrustAnchors issuer_anchors, iaca_anchors, access_anchors, registrar_anchors, receipt_anchors;
    crypto::CaCertificate wallet_provider_root;
    std::unique_ptr<StoredIdentity> iaca_root, access_root;
    std::string public_json, tls_root_pem, origin;
  };
  explicit FileTrust(Parts parts) : parts_(std::move(parts)) {}

  const SigningIdentity& credential_issuer() const override { return parts_.credential_issuer; }
  const SigningIdentity& document_signer() const override { return parts_.document_signer; }
  const SigningIdentity& registrar() const override { return parts_.registrar; }
  const SigningIdentity& receipt() const override { return parts_.receipt; }
  const SigningIdentity& wallet_provider() const override { return parts_.wallet_provider; }
  const crypto::P256PrivateKey& credential_encryption() const override { return parts_.credential_encryption; }
  const crypto::P256PrivateKey& push_sender() const override { return parts_.push_sender; }
  const http::TlsIdentity& tls() const override { return parts_.tls; }
  const crypto::TrustAnchors& credential_issuer_anchors() const override { return parts_.issuer_anchors; }
  const crypto::TrustAnchors& iaca_anchors() const override { return parts_.iaca_anchors; }
  const crypto::TrustAnchors& verifier_access_anchors() const override { return parts_.access_anchors; }
  const crypto::TrustAnchors& registrar_anchors() const override { return parts_.registrar_anchors; }
  const crypto::TrustAnchors& receipt_anchors() const override { return parts_.receipt_anchors; }
  const crypto::CaCertificate& wallet_provider_root() const override { return parts_.wallet_provider_root; }
  std::string public_trust_json() const override { return parts_.public_json; }
  Result<Bytes> iaca_crl(Instant now) const override { return crl_.current(*parts_.iaca_root, now); }
  const std::string& tls_root_pem() const override { return parts_.tls_root_pem; }

  Result<std::vector<Bytes>> certify_verifier(const crypto::P256PublicKey& key, std::string_view organization,
                                              std::string_view dns_name, Instant now) const override {
    crypto::CertificateRequest request;
    request.common_name = std::string(organization);
    request.organization = std::string(organization);
    request.not_before = now - kCertificateBackdate;
    request.not_after = now + kLeafLifetime;
    request.san_dns = {std::string(dns_name)};
    request.purpose = crypto::CertificatePurpose::verifier_access;
    MIBUN_TRY(crypto::Certificate root, crypto::Certificate::parse(parts_.access_root->chain.front()));
    MIBUN_TRY(crypto::Certificate leaf, crypto::make_certificate(request, key, root, parts_.access_root->key));
    return std::vector<Bytes>{to_bytes(leaf.der())};
  }

  Result<crypto::Certificate> certify_reader(const crypto::P256PublicKey& key, const ReaderNames& names, Instant now,
                                             Instant not_after) const override {
    crypto::MdocCertificateRequest request;
    request.common_name = names.device;
    request.organization = names.organization;
    request.country.clear();
    request.not_before = now - kCertificateBackdate;
    request.not_after = not_after;
    request.crl_uri = parts_.origin + std::string(kReadersCrlPath);
    MIBUN_TRY(const crypto::Certificate root, crypto::Certificate::parse(parts_.access_root->chain.front()));
    return crypto::make_mdoc_reader_certificate(request, key, root, parts_.access_root->key);
  }
  Result<Bytes> readers_crl(std::vector<crypto::CrlRequest::Entry> entries, Instant now) const override {
    MIBUN_TRY(const crypto::Certificate root, crypto::Certificate::parse(parts_.access_root->chain.front()));
    return current_crl(root, parts_.access_root->key, std::move(entries), now);
  }

  Bytes seal_key(std::string_view name, BytesView key) override { return parts_.keys.seal(name, key); }
  Result<SecretBytes> open_key(std::string_view name, BytesView sealed) const override {
    return parts_.keys.open_sealed(name, sealed);
  }

 private:
  Parts parts_;
  mutable IacaCrl crl_;
};

struct RootSpec {
  std::string_view name;
  std::string_view leaf_name;
  std::string_view common_name;
  crypto::CertificatePurpose purpose;
};

constexpr std::array<RootSpec, 5> kRoots{{
    {"issuer-root", "issuer", "mibun credential issuer", crypto::CertificatePurpose::credential_issuer},
    {"registrar-root", "registrar", "mibun partner registrar", crypto::CertificatePurpose::registrar},
    {"receipt-root", "receipt", "mibun receipts", crypto::CertificatePurpose::receipt},
    {"tls-root", "tls", "mibun server", crypto::CertificatePurpose::tls_server},
    {"wallet-provider-root", "wallet-provider", "mibun wallet provider", crypto::CertificatePurpose::wallet_provider},
}};

Result<StoredPair> open_pair(const KeyDirectory& keys, const RootSpec& spec, const HttpsUrl& origin, Instant now) {
  MIBUN_TRY(auto root, open_root(keys, spec.name, std::string(spec.common_name) + " root", now));
  const LeafNames names{std::string(spec.common_name), origin.host(), origin.origin()};
  MIBUN_TRY(auto leaf, open_identity(keys, spec.leaf_name, [&](const crypto::P256PrivateKey& key) {
              return certify_leaf(key, names, spec.purpose, *root, now);
            }));
  return StoredPair{std::move(root), std::move(leaf)};
}

std::string pem_chain(const std::vector<Bytes>& chain) {
  std::string text;
  for (const Bytes& der : chain) {
    if (auto certificate = crypto::Certificate::parse(der)) text += certificate->pem();
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<Trust>> Trust::open(const std::string& directory, const std::string& public_origin, Rng& rng,
                                           Instant now) {
  MIBUN_TRY(HttpsUrl origin, HttpsUrl::parse(public_origin));
  MIBUN_TRY(KeyDirectory keys, KeyDirectory::open(directory, rng));

  MIBUN_TRY(StoredPair issuer, open_pair(keys, kRoots[0], origin, now));
  MIBUN_TRY(StoredPair registrar, open_pair(keys, kRoots[1], origin, now));
  MIBUN_TRY(StoredPair receipt, open_pair(keys, kRoots[2], origin, now));
  MIBUN_TRY(StoredPair tls, open_pair(keys, kRoots[3], origin, now));
  MIBUN_TRY(StoredPair wallets, open_pair(keys, kRoots[4], origin, now));
  MIBUN_TRY(StoredPair mdoc, open_document_signer(keys, origin, now));
  MIBUN_TRY(auto access_root, open_root(keys, "access-root", "mibun verifier access root", now));

  MIBUN_TRY(crypto::P256PrivateKey encryption, keys.key("credential-encryption"));
  MIBUN_TRY(crypto::P256PrivateKey push_sender, keys.key("push-sender"));

  json::Object published;
  MIBUN_TRY(published["credential_issuer"], pem_list(*issuer.root));
  MIBUN_TRY(published["iaca"], pem_list(*mdoc.root));
  MIBUN_TRY(published["verifier_access"], pem_list(*access_root));
  MIBUN_TRY(published["registrar"], pem_list(*registrar.root));
  MIBUN_TRY(published["receipt"], pem_list(*receipt.root));
  MIBUN_TRY(published["wallet_provider"], pem_list(*wallets.root));

  MIBUN_TRY(auto issuer_anchors, anchors_of(*issuer.root, crypto::CertificatePurpose::credential_issuer));
  MIBUN_TRY(auto iaca_anchors, anchors_of(*mdoc.root, crypto::CertificatePurpose::mdoc_document_signer));
  MIBUN_TRY(auto access_anchors, anchors_of(*access_root, crypto::CertificatePurpose::verifier_access));
  MIBUN_TRY(auto registrar_anchors, anchors_of(*registrar.root, crypto::CertificatePurpose::registrar));
  MIBUN_TRY(auto receipt_anchors, anchors_of(*receipt.root, crypto::CertificatePurpose::receipt));

  MIBUN_TRY(auto wallet_provider_root, crypto::CaCertificate::parse(wallets.root->chain.front()));

  const SecretBytes tls_key = crypto::private_key_pem(tls.leaf->key);
  http::TlsIdentity tls_identity{pem_chain(tls.leaf->chain), std::string(as_text(tls_key.reveal()))};
  const std::string tls_root_pem = pem_chain(tls.root->chain);
  // The browsers and tools of people who want to look at the pages find the root here.
  MIBUN_CHECK(files::write_file_atomic(directory + "/tls-root.crt", to_bytes(tls_root_pem), 0644));

  return std::make_unique<FileTrust>(FileTrust::Parts{std::move(keys),
                                                      signing_identity(std::move(*issuer.leaf)),
                                                      signing_identity(std::move(*mdoc.leaf)),
                                                      signing_identity(std::move(*registrar.leaf)),
                                                      signing_identity(std::move(*receipt.leaf)),
                                                      signing_identity(std::move(*wallets.leaf)),
                                                      std::move(encryption),
                                                      std::move(push_sender),
                                                      std::move(tls_identity),
                                                      std::move(issuer_anchors),
                                                      std::move(iaca_anchors),
                                                      std::move(access_anchors),
                                                      std::move(registrar_anchors),
                                                      std::move(receipt_anchors),
                                                      std::move(wallet_provider_root),
                                                      std::move(mdoc.root),
                                                      std::move(access_root),
                                                      json::serialize(published),
                                                      tls_root_pem,
                                                      origin.origin()});
}

}  // namespace mibun::server
