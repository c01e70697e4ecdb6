#include "server/trust/trust.h"

#include <array>
#include <optional>
#include <utility>

#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/aead.h"
#include "platform/files/files.h"

namespace mibun::server {
namespace {

constexpr auto kRootLifetime = std::chrono::hours(24 * 3650);
constexpr auto kLeafLifetime = std::chrono::hours(24 * 730);
constexpr auto kBackdate = std::chrono::hours(1);  // clocks of wallets may run behind ours
constexpr std::size_t kFileBytesMax = 64 * 1024;

// A key and its chain as this profile keeps them: <name>.key sealed under the master key, <name>.pem in clear.
struct StoredIdentity {
  crypto::P256PrivateKey key;
  std::vector<Bytes> chain;
};

struct Pair {
  std::unique_ptr<StoredIdentity> root;
  std::unique_ptr<StoredIdentity> leaf;
};

Bytes key_aad(std::string_view name) {
  return to_bytes(std::string("mibun server key|") + std::string(name));
}

class KeyDirectory {
 public:
  KeyDirectory(std::string directory, SecretBytes master, Rng& rng)
      : directory_(std::move(directory)), master_(std::move(master)), rng_(rng) {}

  Bytes seal(std::string_view name, BytesView key) const {
    return crypto::seal_record(master_.reveal(), key_aad(name), key, rng_);
  }
  Result<SecretBytes> open(std::string_view name, BytesView sealed) const {
    MIBUN_TRY(Bytes key, crypto::open_record(master_.reveal(), key_aad(name), sealed));
    return SecretBytes::take(std::move(key));
  }

  std::string path(std::string_view name, std::string_view suffix) const {
    return directory_ + "/" + std::string(name) + std::string(suffix);
  }

  // A key is written before its certificate, so a start that was cut off finds the key again and certifies that one.
  Result<crypto::P256PrivateKey> key(std::string_view name) const {
    if (auto sealed = files::read_file(path(name, ".key"), kFileBytesMax)) {
      MIBUN_TRY(SecretBytes pkcs8, open(name, *sealed));
      return crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal());
    }
    crypto::P256PrivateKey fresh = crypto::P256PrivateKey::generate();
    const SecretBytes pkcs8 = fresh.pkcs8();
    MIBUN_CHECK(files::write_new_file(path(name, ".key"), seal(name, pkcs8.reveal()), 0600));
    return fresh;
  }

  std::optional<std::vector<Bytes>> chain(std::string_view name) const {
    auto pem = files::read_file(path(name, ".pem"), kFileBytesMax);
    if (!pem) return std::nullopt;
    auto chain = crypto::certificates_from_pem(as_text(*pem));
    if (!chain || chain->empty()) return std::nullopt;
    return std::move(*chain);
  }

  Status keep_chain(std::string_view name, const crypto::Certificate& certificate) const {
    return files::write_new_file(path(name, ".pem"), to_bytes(certificate.pem()), 0644);
  }

 private:
  std::string directory_;
  SecretBytes master_;
  Rng& rng_;
};

Result<std::unique_ptr<StoredIdentity>> open_root(const KeyDirectory& keys, std::string_view name,
                                                  std::string common_name, Instant now) {
  MIBUN_TRY(crypto::P256PrivateKey key, keys.key(name));
  if (auto chain = keys.chain(name)) return std::make_unique<StoredIdentity>(std::move(key), std::move(*chain));
  crypto::CertificateRequest request;
  request.common_name = std::move(common_name);
  request.organization = "mibun";
  request.not_before = now - kBackdate;
  request.not_after = now + kRootLifetime;
  MIBUN_TRY(crypto::Certificate certificate, crypto::make_root_certificate(request, key));
  MIBUN_CHECK(keys.keep_chain(name, certificate));
  return std::make_unique<StoredIdentity>(std::move(key), std::vector<Bytes>{to_bytes(certificate.der())});
}

struct LeafNames {
  std::string common_name;
  std::string host;
  std::string origin;
};

Result<std::unique_ptr<StoredIdentity>> open_leaf(const KeyDirectory& keys, std::string_view name,
                                                  const LeafNames& names, crypto::CertificatePurpose purpose,
                                                  const StoredIdentity& root, Instant now) {
  MIBUN_TRY(crypto::P256PrivateKey key, keys.key(name));
  if (auto chain = keys.chain(name)) return std::make_unique<StoredIdentity>(std::move(key), std::move(*chain));
  crypto::CertificateRequest request;
  request.common_name = names.common_name;
  request.organization = "mibun";
  request.not_before = now - kBackdate;
  request.not_after = now + kLeafLifetime;
  request.san_dns = {names.host};
  if (purpose == crypto::CertificatePurpose::tls_server) {
    request.san_ip = {"127.0.0.1"};
  } else {
    request.san_uri = {names.origin};
  }
  request.purpose = purpose;
  MIBUN_TRY(crypto::Certificate issuer, crypto::Certificate::parse(root.chain.front()));
  MIBUN_TRY(crypto::Certificate certificate, crypto::make_certificate(request, key.public_key(), issuer, root.key));
  MIBUN_CHECK(keys.keep_chain(name, certificate));
  return std::make_unique<StoredIdentity>(std::move(key), std::vector<Bytes>{to_bytes(certificate.der())});
}

Result<SecretBytes> open_master(const std::string& directory, Rng& rng) {
  const std::string path = directory + "/master.key";
  if (auto existing = files::read_file(path, 64)) {
    if (existing->size() != 32) return fail(ErrorCode::sealed_file_malformed, "master.key", "it must hold 32 bytes");
    return SecretBytes::take(std::move(*existing));
  }
  SecretBytes fresh(32);
  rng.fill(fresh.reveal_mutable());
  MIBUN_CHECK(files::write_new_file(path, to_bytes(fresh.reveal()), 0600));
  return fresh;
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
    SigningIdentity credential_issuer, registrar, receipt;
    http::TlsIdentity tls;
    crypto::TrustAnchors issuer_anchors, access_anchors, registrar_anchors, receipt_anchors;
    std::unique_ptr<StoredIdentity> access_root;
    std::string public_json, tls_root_pem;
  };
  explicit FileTrust(Parts parts) : parts_(std::move(parts)) {}

  const SigningIdentity& credential_issuer() const override { return parts_.credential_issuer; }
  const SigningIdentity& registrar() const override { return parts_.registrar; }
  const SigningIdentity& receipt() const override { return parts_.receipt; }
  const http::TlsIdentity& tls() const override { return parts_.tls; }
  const crypto::TrustAnchors& credential_issuer_anchors() const override { return parts_.issuer_anchors; }
  const crypto::TrustAnchors& verifier_access_anchors() const override { return parts_.access_anchors; }
  const crypto::TrustAnchors& registrar_anchors() const override { return parts_.registrar_anchors; }
  const crypto::TrustAnchors& receipt_anchors() const override { return parts_.receipt_anchors; }
  std::string public_trust_json() const override { return parts_.public_json; }
  const std::string& tls_root_pem() const override { return parts_.tls_root_pem; }

  Result<std::vector<Bytes>> certify_verifier(const crypto::P256PublicKey& key, std::string_view organization,
                                              std::string_view dns_name, Instant now) const override {
    crypto::CertificateRequest request;
    request.common_name = std::string(organization);
    request.organization = std::string(organization);
    request.not_before = now - kBackdate;
    request.not_after = now + kLeafLifetime;
    request.san_dns = {std::string(dns_name)};
    request.purpose = crypto::CertificatePurpose::verifier_access;
    MIBUN_TRY(crypto::Certificate root, crypto::Certificate::parse(parts_.access_root->chain.front()));
    MIBUN_TRY(crypto::Certificate leaf, crypto::make_certificate(request, key, root, parts_.access_root->key));
    return std::vector<Bytes>{to_bytes(leaf.der())};
  }

  Bytes seal_key(std::string_view name, BytesView key) override { return parts_.keys.seal(name, key); }
  Result<SecretBytes> open_key(std::string_view name, BytesView sealed) const override {
    return parts_.keys.open(name, sealed);
  }

 private:
  Parts parts_;
};

struct RootSpec {
  std::string_view name;
  std::string_view leaf_name;
  std::string_view common_name;
  crypto::CertificatePurpose purpose;
};

constexpr std::array<RootSpec, 4> kRoots{{
    {"issuer-root", "issuer", "mibun credential issuer", crypto::CertificatePurpose::credential_issuer},
    {"registrar-root", "registrar", "mibun partner registrar", crypto::CertificatePurpose::registrar},
    {"receipt-root", "receipt", "mibun receipts", crypto::CertificatePurpose::receipt},
    {"tls-root", "tls", "mibun server", crypto::CertificatePurpose::tls_server},
}};

Result<Pair> open_pair(const KeyDirectory& keys, const RootSpec& spec, const HttpsUrl& origin, Instant now) {
  MIBUN_TRY(auto root, open_root(keys, spec.name, std::string(spec.common_name) + " root", now));
  const LeafNames names{std::string(spec.common_name), origin.host(), origin.origin()};
  MIBUN_TRY(auto leaf, open_leaf(keys, spec.leaf_name, names, spec.purpose, *root, now));
  return Pair{std::move(root), std::move(leaf)};
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
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_TRY(HttpsUrl origin, HttpsUrl::parse(public_origin));
  MIBUN_TRY(SecretBytes master, open_master(directory, rng));
  KeyDirectory keys(directory, std::move(master), rng);

  MIBUN_TRY(Pair issuer, open_pair(keys, kRoots[0], origin, now));
  MIBUN_TRY(Pair registrar, open_pair(keys, kRoots[1], origin, now));
  MIBUN_TRY(Pair receipt, open_pair(keys, kRoots[2], origin, now));
  MIBUN_TRY(Pair tls, open_pair(keys, kRoots[3], origin, now));
  MIBUN_TRY(auto access_root, open_root(keys, "access-root", "mibun verifier access root", now));

  json::Object published;
  MIBUN_TRY(published["credential_issuer"], pem_list(*issuer.root));
  MIBUN_TRY(published["verifier_access"], pem_list(*access_root));
  MIBUN_TRY(published["registrar"], pem_list(*registrar.root));
  MIBUN_TRY(published["receipt"], pem_list(*receipt.root));

  MIBUN_TRY(auto issuer_anchors, anchors_of(*issuer.root, crypto::CertificatePurpose::credential_issuer));
  MIBUN_TRY(auto access_anchors, anchors_of(*access_root, crypto::CertificatePurpose::verifier_access));
  MIBUN_TRY(auto registrar_anchors, anchors_of(*registrar.root, crypto::CertificatePurpose::registrar));
  MIBUN_TRY(auto receipt_anchors, anchors_of(*receipt.root, crypto::CertificatePurpose::receipt));

  const SecretBytes tls_key = crypto::private_key_pem(tls.leaf->key);
  http::TlsIdentity tls_identity{pem_chain(tls.leaf->chain), std::string(as_text(tls_key.reveal()))};
  const std::string tls_root_pem = pem_chain(tls.root->chain);
  // The browsers and tools of people who want to look at the pages find the root here.
  MIBUN_CHECK(files::write_file_atomic(directory + "/tls-root.crt", to_bytes(tls_root_pem), 0644));

  return std::make_unique<FileTrust>(FileTrust::Parts{
      std::move(keys), signing_identity(std::move(*issuer.leaf)), signing_identity(std::move(*registrar.leaf)),
      signing_identity(std::move(*receipt.leaf)), std::move(tls_identity), std::move(issuer_anchors),
      std::move(access_anchors), std::move(registrar_anchors), std::move(receipt_anchors), std::move(access_root),
      json::serialize(published), tls_root_pem});
}

}  // namespace mibun::server
