#include "core/crypto/trusted_issuers.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mibun::crypto {
namespace {

std::vector<CaCertificate> all_anchors(CertificatePurpose purpose, const std::vector<TrustedIssuer>& issuers) {
  std::vector<CaCertificate> anchors;
  for (const TrustedIssuer& issuer : issuers) {
    MIBUN_INVARIANT(issuer.anchors.purpose() == purpose);
    anchors.insert(anchors.end(), issuer.anchors.anchors().begin(), issuer.anchors.anchors().end());
  }
  return anchors;
}

bool has(const std::vector<std::string>& list, std::string_view wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

}  // namespace

// Whether revocation lists are looked at is a matter of each row, which sees the chain again.
TrustedIssuers::TrustedIssuers(CertificatePurpose purpose, std::vector<TrustedIssuer> issuers)
    : issuers_(std::move(issuers)),
      anchors_(purpose, all_anchors(purpose, issuers_), RevocationPolicy::ignore_revocation) {}

TrustedIssuers TrustedIssuers::ignore_mdoc_profile(CertificatePurpose purpose, std::vector<TrustedIssuer> issuers) {
  auto anchors =
      TrustAnchors::ignore_mdoc_profile(purpose, all_anchors(purpose, issuers), RevocationPolicy::ignore_revocation);
  return {std::move(issuers), std::move(anchors)};
}

template <typename Chain>
Result<TrustedIssuers::Match> TrustedIssuers::find_row(std::span<const std::string> types, const Chain& chain,
                                                       std::string_view name, Instant now) const {
  std::optional<Error> not_cleared;
  for (const std::string& type : types) {
    for (const TrustedIssuer& issuer : issuers_) {
      if (!has(issuer.types, type) || !(issuer.names.empty() || has(issuer.names, name))) continue;
      const auto verified = issuer.anchors.verify_chain(chain, now);
      if (verified) return Match{&issuer, type};
      // Whom its own authority took back, no other row believes.
      if (verified.error().code == ErrorCode::certificate_revoked) return std::unexpected(verified.error());
      if (verified.error().code == ErrorCode::certificate_revocation_unknown) not_cleared = verified.error();
    }
  }
  if (not_cleared) return std::unexpected<Error>(std::move(*not_cleared));
  return fail(ErrorCode::certificate_untrusted_for_type, "issuer", "believed for other types of credentials");
}

Result<TrustedIssuers::Match> TrustedIssuers::find(std::span<const std::string> types, const CertificateChain& chain,
                                                   std::string_view name, Instant now) const {
  return find_row(types, chain, name, now);
}

Result<TrustedIssuers::Match> TrustedIssuers::find(std::span<const std::string> types, std::span<const BytesView> chain,
                                                   Instant now) const {
  return find_row(types, chain, {}, now);
}

}  // namespace mibun::crypto
