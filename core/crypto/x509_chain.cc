#include <algorithm>
#include <array>
#include <bit>

#include "core/crypto/chain_cache.h"
#include "core/crypto/crl_store.h"
#include "core/crypto/mdoc_profile.h"
#include "core/crypto/sha256.h"
#include "core/crypto/trust_anchors.h"
#include "core/crypto/x509_path.h"

namespace mibun::crypto {
namespace {

// Each member has its length before it, so two chains never read the same.
template <class Member>
ChainKey key_of(std::span<const Member> chain) {
  Sha256 hash;
  for (const BytesView der : chain) {
    const auto size = std::bit_cast<std::array<std::uint8_t, sizeof(std::size_t)>>(der.size());
    hash.update(size);
    hash.update(der);
  }
  return hash.finish();
}

// Verifiers and TLS servers have certificates of the usual public CAs; everything else is issued for this system.
PathRules rules_of(CertificatePurpose purpose) {
  const bool public_cas = purpose == CertificatePurpose::verifier_access || purpose == CertificatePurpose::tls_server;
  return {.signatures = {.rsa = public_cas}, .leaf_usage = extended_key_usage_oid(purpose)};
}

Status check_mdoc_profile(CertificatePurpose purpose, const VerifiedPath& path) {
  if (purpose == CertificatePurpose::mdoc_reader) return check_mdoc_reader(path.members[0], path.issuer_of(0));
  if (purpose != CertificatePurpose::mdoc_document_signer) return {};
  MIBUN_CHECK(check_iaca_root(path.anchor));
  // Nothing but links, from an older IACA certificate to the one that signed, stands between.
  for (std::size_t i = 1; i < path.members.size(); ++i) {
    MIBUN_CHECK(check_iaca_link(path.members[i], path.issuer_of(i)));
  }
  return check_document_signer(path.members[0], path.issuer_of(0));
}

}  // namespace

std::string_view extended_key_usage_oid(CertificatePurpose purpose) {
  switch (purpose) {
    case CertificatePurpose::credential_issuer:
      return "1.3.6.1.4.1.32473.1.1";
    case CertificatePurpose::verifier_access:
      return "1.3.6.1.4.1.32473.1.2";
    case CertificatePurpose::registrar:
      return "1.3.6.1.4.1.32473.1.3";
    case CertificatePurpose::receipt:
      return "1.3.6.1.4.1.32473.1.4";
    case CertificatePurpose::tls_server:
      return "1.3.6.1.5.5.7.3.1";
    case CertificatePurpose::mdoc_document_signer:
      return "1.0.18013.5.1.2";
    case CertificatePurpose::mdoc_reader:
      return "1.0.18013.5.1.6";
    case CertificatePurpose::status_list_signer:
      return "1.3.6.1.4.1.32473.1.5";
    case CertificatePurpose::wallet_provider:
      return "1.3.6.1.4.1.32473.1.6";
  }
  MIBUN_INVARIANT(false);
  return {};
}

struct TrustAnchors::Impl {
  CertificatePurpose purpose;
  std::vector<CaCertificate> anchors;
  RevocationPolicy revocation;
  bool mdoc_profile;

  ChainCache cache;
  mutable Mutex mutex;
  std::shared_ptr<const CrlStore> crls = std::make_shared<const CrlStore>(std::vector<Crl>{});  // under the mutex

  Impl(CertificatePurpose purpose_, std::vector<CaCertificate> anchors_, RevocationPolicy revocation_, bool profile)
      : purpose(purpose_), anchors(std::move(anchors_)), revocation(revocation_), mdoc_profile(profile) {}

  std::shared_ptr<const CrlStore> current_crls() const {
    const Lock lock(mutex);
    return crls;
  }

  Result<VerifiedLeaf> verify(std::span<const Bytes> chain, Instant now) const {
    if (chain.empty()) return fail(ErrorCode::certificate_malformed, "chain", "empty");
    if (chain.size() > kCertificateChainMax) return fail(ErrorCode::certificate_chain_too_long, "chain");
    const auto leaf = Certificate::parse(chain[0]);
    if (!leaf) return fail(ErrorCode::certificate_malformed, leaf.error().where);
    std::vector<CaCertificate> members{*leaf};
    for (const Bytes& der : chain.subspan(1)) {
      MIBUN_TRY(CaCertificate above, CaCertificate::parse(der));
      members.push_back(std::move(above));
    }
    const PathRules rules = rules_of(purpose);
    MIBUN_TRY(VerifiedPath path, verify_path(std::move(members), anchors, rules, now));
    MIBUN_CHECK(check_leaf(path.members[0], rules.leaf_usage));
    if (mdoc_profile) MIBUN_CHECK(check_mdoc_profile(purpose, path));
    if (revocation == RevocationPolicy::require_crls) MIBUN_CHECK(current_crls()->check(path, now));
    return VerifiedLeaf{*leaf, path.window};
  }

  // `members`: gives the chain; asked only when it is not remembered.
  template <class Members>
  Result<Certificate> verify_once(const ChainKey& key, Instant now, Members&& members) {
    if (std::optional<Certificate> leaf = cache.recall(key, now)) return *std::move(leaf);
    const std::uint64_t generation = cache.generation();
    MIBUN_TRY(const VerifiedLeaf verified, verify(members(), now));
    cache.remember(key, verified, generation);
    return verified.leaf;
  }
};

TrustAnchors::TrustAnchors(CertificatePurpose purpose, std::vector<CaCertificate> anchors, RevocationPolicy revocation)
    : TrustAnchors(std::make_unique<Impl>(purpose, std::move(anchors), revocation, true)) {}
TrustAnchors::TrustAnchors(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TrustAnchors TrustAnchors::ignore_mdoc_profile(CertificatePurpose purpose, std::vector<CaCertificate> anchors,
                                               RevocationPolicy revocation) {
  return TrustAnchors(std::make_unique<Impl>(purpose, std::move(anchors), revocation, false));
}

TrustAnchors::~TrustAnchors() = default;
TrustAnchors::TrustAnchors(TrustAnchors&&) noexcept = default;
TrustAnchors& TrustAnchors::operator=(TrustAnchors&&) noexcept = default;

CertificatePurpose TrustAnchors::purpose() const {
  return impl_->purpose;
}

Status TrustAnchors::check_purpose(CertificatePurpose wanted) const {
  if (purpose() == wanted) return {};
  return fail(ErrorCode::certificate_wrong_purpose, "policy", "trust anchors of another purpose");
}
const std::vector<CaCertificate>& TrustAnchors::anchors() const {
  return impl_->anchors;
}

void TrustAnchors::set_crls(std::vector<Crl> crls) {
  auto store = std::make_shared<const CrlStore>(std::move(crls));
  {
    const Lock lock(impl_->mutex);
    impl_->crls = std::move(store);
  }
  // After the change: whoever verified with the old lists belongs to an older generation and is not remembered.
  impl_->cache.forget_all();
}

CertificateChain::CertificateChain(std::vector<Bytes> members)
    : content_([&] {
        const Sha256Digest digest = key_of<Bytes>(members);
        return std::make_shared<const Content>(std::move(members), digest);
      }()) {}

Result<Certificate> TrustAnchors::verify_chain(const CertificateChain& chain, Instant now) const {
  return impl_->verify_once(chain.content_->digest, now, [&] { return chain.members(); });
}

Result<Certificate> TrustAnchors::verify_chain(std::span<const Bytes> chain, Instant now) const {
  if (chain.size() > kCertificateChainMax) return fail(ErrorCode::certificate_chain_too_long, "chain");
  return impl_->verify_once(key_of(chain), now, [&] { return chain; });
}

Result<Certificate> TrustAnchors::verify_chain(std::span<const BytesView> chain, Instant now) const {
  if (chain.size() > kCertificateChainMax) return fail(ErrorCode::certificate_chain_too_long, "chain");
  return impl_->verify_once(key_of(chain), now, [&] {
    std::vector<Bytes> members;
    for (const BytesView der : chain) members.push_back(to_bytes(der));
    return members;
  });
}

}  // namespace mibun::crypto
