#include "server/trust/trust.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "core/crypto/mdoc_certificates.h"
#include "platform/files/files.h"
#include "platform/keyd/stored_signing_keys.h"
#include "server/trust/iaca.h"
#include "server/trust/key_directory.h"
#include "server/trust/signers_crls.h"
#include "server/trust/signing_pair.h"
#include "server/trust/tls_identity.h"

namespace mibun::server {
namespace {

constexpr auto kRootLifetime = std::chrono::hours(24 * 3650);
constexpr auto kLeafLifetime = std::chrono::hours(24 * 730);
constexpr auto kReserve = std::chrono::days(100);           // a card lives for 90 days
constexpr auto kRegistrarReserve = std::chrono::days(370);  // a partner's registration lives for a year

struct Kind {
  std::string_view root, leaf, common_name;
  crypto::CertificatePurpose purpose;
  milliseconds reserve;
};
constexpr Kind kIssuer{"issuer-root", "issuer", "mibun credential issuer",
                       crypto::CertificatePurpose::credential_issuer, kReserve};
constexpr Kind kRegistrar{"registrar-root", "registrar", "mibun partner registrar",
                          crypto::CertificatePurpose::registrar, kRegistrarReserve};
constexpr Kind kReceipt{"receipt-root", "receipt", "mibun receipts", crypto::CertificatePurpose::receipt, kReserve};
constexpr Kind kProvider{"wallet-provider-root", "wallet-provider", "mibun wallet provider",
                         crypto::CertificatePurpose::wallet_provider, kReserve};
constexpr Kind kAccess{"access-root", "", "mibun verifier access", crypto::CertificatePurpose::verifier_access, {}};

PairSpec spec_of(const Kind& kind, const HttpsUrl& origin) {
  return {.root = std::string(kind.root),
          .leaf = std::string(kind.leaf),
          .reserve = kind.reserve,
          .certify_root =
              [kind](const crypto::P256Signer& key, std::uint32_t, Instant now) {
                crypto::CertificateRequest request;
                request.common_name = std::string(kind.common_name) + " root";
                request.organization = "mibun";
                request.not_before = now - kCertificateBackdate;
                request.not_after = now + kRootLifetime;
                return crypto::make_root_certificate(request, key);
              },
          .certify_leaf =
              [kind, origin](const crypto::P256PublicKey& key, const Root& root, Instant now) {
                crypto::CertificateRequest request;
                request.common_name = std::string(kind.common_name);
                request.organization = "mibun";
                request.not_before = now - kCertificateBackdate;
                request.not_after = now + kLeafLifetime;
                request.san_dns = {origin.host()};
                request.san_uri = {origin.origin()};
                request.purpose = kind.purpose;
                return crypto::make_certificate(request, key, root.certificate, *root.signer);
              }};
}

std::vector<crypto::CaCertificate> certificates_of(const SigningPair& pair) {
  std::vector<crypto::CaCertificate> certificates;
  for (const Root& root : pair.roots()) certificates.emplace_back(root.certificate);
  return certificates;
}

crypto::TrustAnchors anchors_of(const SigningPair& pair, crypto::CertificatePurpose purpose) {
  // For who asks nothing but whether it is ours. Whether a signer was taken back is asked where cards are verified: by
  // the rows of server/trust/card_issuers.h.
  return crypto::TrustAnchors(purpose, certificates_of(pair), crypto::RevocationPolicy::ignore_revocation);
}

json::Array pem_list(const SigningPair& pair) {
  json::Array list;
  for (const Root& root : pair.roots()) list.emplace_back(root.certificate.pem());
  return list;
}

using Pair = std::unique_ptr<SigningPair>;

json::Array links_of(const SigningPair& pair) {
  json::Array list;
  for (const Root& root : pair.roots()) {
    if (root.link) list.emplace_back(root.link->pem());
  }
  return list;
}

std::vector<std::uint32_t> signing_generations(const SigningPair& pair) {
  std::vector<std::uint32_t> generations;
  for (const Root& root : pair.roots()) {
    if (root.signer) generations.push_back(root.generation);
  }
  return generations;
}

Result<const Root*> signing_root(const SigningPair& pair, std::uint32_t generation) {
  const auto found = std::ranges::find(pair.roots(), generation, &Root::generation);
  if (found == pair.roots().end() || !found->signer) return fail(ErrorCode::route_not_found, "generation");
  return &*found;
}

class ServedTrust final : public Trust {
 public:
  struct Parts {
    KeyDirectory keys;
    Pair issuer, registrar, receipt, provider, mdoc, access;
    crypto::P256PrivateKey credential_encryption;
    std::unique_ptr<PushKeys> push_keys;
    TlsParts tls;
    std::string origin;
    std::vector<crypto::CaCertificate> taken_back;
  };
  explicit ServedTrust(Parts parts)
      : parts_(std::move(parts)),
        issuer_anchors_(anchors_of(*parts_.issuer, crypto::CertificatePurpose::credential_issuer)),
        iaca_anchors_(anchors_of(*parts_.mdoc, crypto::CertificatePurpose::mdoc_document_signer)),
        access_anchors_(anchors_of(*parts_.access, crypto::CertificatePurpose::verifier_access)),
        registrar_anchors_(anchors_of(*parts_.registrar, crypto::CertificatePurpose::registrar)),
        receipt_anchors_(anchors_of(*parts_.receipt, crypto::CertificatePurpose::receipt)),
        crls_(parts_.taken_back) {}

  const SigningIdentity& credential_issuer() const override { return parts_.issuer->signing(); }
  const SigningIdentity& document_signer() const override { return parts_.mdoc->signing(); }
  const SigningIdentity& registrar() const override { return parts_.registrar->signing(); }
  const SigningIdentity& receipt() const override { return parts_.receipt->signing(); }
  const SigningIdentity& wallet_provider() const override { return parts_.provider->signing(); }
  const crypto::P256PrivateKey& credential_encryption() const override { return parts_.credential_encryption; }
  PushKeys& push_keys() const override { return *parts_.push_keys; }
  const http::TlsIdentity& tls() const override { return parts_.tls.identity; }
  const crypto::TrustAnchors& credential_issuer_anchors() const override { return issuer_anchors_; }
  const crypto::TrustAnchors& iaca_anchors() const override { return iaca_anchors_; }
  const crypto::TrustAnchors& verifier_access_anchors() const override { return access_anchors_; }
  const crypto::TrustAnchors& registrar_anchors() const override { return registrar_anchors_; }
  const crypto::TrustAnchors& receipt_anchors() const override { return receipt_anchors_; }
  std::vector<crypto::CaCertificate> wallet_provider_roots() const override {
    return certificates_of(*parts_.provider);
  }
  Result<Bytes> iaca_crl(std::uint32_t generation, Instant now) const override {
    MIBUN_TRY(const Root* root, signing_root(*parts_.mdoc, generation));
    return crls_.current(*root, now);
  }
  Result<Bytes> issuer_crl(std::uint32_t generation, Instant now) const override {
    MIBUN_TRY(const Root* root, signing_root(*parts_.issuer, generation));
    return crls_.current(*root, now);
  }
  Result<SignersLists> signers_crls() const override {
    SignersLists lists;
    MIBUN_TRY(lists.sd_jwt, lists_of(*parts_.issuer));
    MIBUN_TRY(lists.mdoc, lists_of(*parts_.mdoc));
    return lists;
  }
  const std::string& tls_root_pem() const override { return parts_.tls.root_pem; }

  std::string public_trust_json() const override {
    json::Array lists;
    for (const std::uint32_t generation : access_roots()) lists.emplace_back(readers_crl_path(generation));
    json::Object trust{{"credential_issuer", pem_list(*parts_.issuer)},
                       {"iaca", pem_list(*parts_.mdoc)},
                       {"verifier_access", pem_list(*parts_.access)},
                       {"registrar", pem_list(*parts_.registrar)},
                       {"receipt", pem_list(*parts_.receipt)},
                       {"wallet_provider", pem_list(*parts_.provider)},
                       {"readers_crl", std::move(lists)}};
    if (json::Array links = links_of(*parts_.mdoc); !links.empty()) trust["iaca_link"] = std::move(links);
    return json::serialize(trust);
  }

  Result<bool> is_renewal_due(Instant now) override {
    for (const Pair* pair : pairs()) {
      MIBUN_TRY(const bool is_due, (*pair)->is_due(now));
      if (is_due) return true;
    }
    return parts_.push_keys->is_due();
  }
  // One that fails does not keep the others from it.
  Status renew(Instant now) override {
    Status done = parts_.push_keys->renew();
    for (const Pair* pair : pairs()) {
      if (Status renewed = (*pair)->renew(now); !renewed && done) done = std::move(renewed);
    }
    return done;
  }

  Result<std::vector<Bytes>> certify_verifier(const crypto::P256PublicKey& key, std::string_view organization,
                                              std::string_view dns_name, Instant now) const override {
    crypto::CertificateRequest request;
    request.common_name = std::string(organization);
    request.organization = std::string(organization);
    request.not_before = now - kCertificateBackdate;
    request.not_after = now + kLeafLifetime;
    request.san_dns = {std::string(dns_name)};
    request.purpose = crypto::CertificatePurpose::verifier_access;
    const Root& root = parts_.access->current_root(now);
    MIBUN_TRY(crypto::Certificate leaf, crypto::make_certificate(request, key, root.certificate, *root.signer));
    return std::vector<Bytes>{to_bytes(leaf.der())};
  }

  Result<CertifiedReader> certify_reader(const crypto::P256PublicKey& key, const ReaderNames& names, Instant now,
                                         Instant not_after) const override {
    const Root& root = parts_.access->current_root(now);
    crypto::MdocCertificateRequest request;
    request.common_name = names.device;
    request.organization = names.organization;
    request.country.clear();
    request.not_before = now - kCertificateBackdate;
    request.not_after = not_after;
    request.crl_uri = parts_.origin + readers_crl_path(root.generation);
    MIBUN_TRY(crypto::Certificate certificate,
              crypto::make_mdoc_reader_certificate(request, key, root.certificate, *root.signer));
    return CertifiedReader{std::move(certificate), root.generation};
  }
  Result<Bytes> readers_crl(std::uint32_t generation, std::vector<crypto::CrlRequest::Entry> entries,
                            Instant now) const override {
    MIBUN_TRY(const Root* root, signing_root(*parts_.access, generation));
    return current_crl(root->certificate, *root->signer, std::move(entries), now);
  }
  std::vector<std::uint32_t> access_roots() const override { return signing_generations(*parts_.access); }
  bool is_verifier_current(const crypto::Certificate& certificate, milliseconds reserve, Instant now) const override {
    return is_below(certificate, parts_.access->current_root(now).certificate) &&
           now + reserve <= certificate.not_after();
  }

  Bytes seal_key(std::string_view name, BytesView key) override { return parts_.keys.seal(name, key); }
  Result<SecretBytes> open_key(std::string_view name, BytesView sealed) const override {
    return parts_.keys.open_sealed(name, sealed);
  }

  SignersListPaths signers_crl_paths() const override {
    SignersListPaths paths;
    for (const std::uint32_t root : signing_generations(*parts_.issuer)) paths.sd_jwt.push_back(issuer_crl_path(root));
    for (const std::uint32_t root : signing_generations(*parts_.mdoc)) paths.mdoc.push_back(iaca_crl_path(root));
    return paths;
  }

 private:
  Result<std::vector<crypto::Crl>> lists_of(const SigningPair& pair) const {
    std::vector<crypto::Crl> lists;
    for (const Root& root : pair.roots()) {
      if (!root.signer) continue;  // it has ended, and everything below it
      MIBUN_TRY(crypto::Crl list, crls_.lasting(root));
      lists.push_back(std::move(list));
    }
    return lists;
  }
  std::array<const Pair*, 6> pairs() const {
    return {&parts_.issuer, &parts_.registrar, &parts_.receipt, &parts_.provider, &parts_.mdoc, &parts_.access};
  }

  Parts parts_;
  const crypto::TrustAnchors issuer_anchors_, iaca_anchors_, access_anchors_, registrar_anchors_, receipt_anchors_;
  mutable SignersCrls crls_;
};

}  // namespace

Result<std::unique_ptr<Trust>> Trust::open(const std::string& directory, const std::string& public_origin, Rng& rng,
                                           Instant now, std::shared_ptr<keyd::SigningKeys> signing_keys,
                                           const std::vector<std::string>& taken_back_pem) {
  MIBUN_TRY(HttpsUrl origin, HttpsUrl::parse(public_origin));
  MIBUN_TRY(KeyDirectory keys, KeyDirectory::open(directory, rng));
  if (signing_keys == nullptr) {
    MIBUN_TRY(signing_keys, keyd::StoredSigningKeys::open_files(directory, rng));
  }
  const auto open_pair = [&](PairSpec spec) { return SigningPair::open(signing_keys, std::move(spec), now); };
  MIBUN_TRY(Pair issuer, open_pair(spec_of(kIssuer, origin)));
  MIBUN_TRY(Pair registrar, open_pair(spec_of(kRegistrar, origin)));
  MIBUN_TRY(Pair receipt, open_pair(spec_of(kReceipt, origin)));
  MIBUN_TRY(Pair provider, open_pair(spec_of(kProvider, origin)));
  MIBUN_TRY(Pair mdoc, open_pair(document_signer_spec(origin)));
  MIBUN_TRY(Pair access, open_pair(spec_of(kAccess, origin)));
  MIBUN_TRY(auto taken_back, read_taken_back(taken_back_pem, {issuer.get(), mdoc.get()}));
  MIBUN_TRY(auto push_keys, PushKeys::open(signing_keys));
  MIBUN_TRY(crypto::P256PrivateKey encryption, keys.key("credential-encryption"));
  MIBUN_TRY(TlsParts tls, open_tls(keys, origin, now));
  std::string origin_text = origin.origin();
  return std::make_unique<ServedTrust>(
      ServedTrust::Parts{std::move(keys), std::move(issuer), std::move(registrar), std::move(receipt),
                         std::move(provider), std::move(mdoc), std::move(access), std::move(encryption),
                         std::move(push_keys), std::move(tls), std::move(origin_text), std::move(taken_back)});
}

}  // namespace mibun::server
