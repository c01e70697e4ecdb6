#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/crypto/trust_anchors.h"

namespace mibun::crypto {

// One row of a list of issuers: whose credentials of which types are believed.
struct TrustedIssuer {
  std::vector<std::string> types;  // vct or doctype, compared exactly
  TrustAnchors anchors;
  // What an SD-JWT VC must say in "iss", one of these; empty: whatever its certificate may be called.
  std::vector<std::string> names = {};
};

// Who is believed for what: an issuer of one type is nobody for another, whatever leads to its certificate (SD-JWT VC,
// section 7.7). Safe to use from several threads.
class TrustedIssuers {
 public:
  // `issuers`: with anchors of this purpose, which is an invariant.
  TrustedIssuers(CertificatePurpose purpose, std::vector<TrustedIssuer> issuers);
  // With anchors() as of TrustAnchors::ignore_mdoc_profile.
  static TrustedIssuers ignore_mdoc_profile(CertificatePurpose purpose, std::vector<TrustedIssuer> issuers);

  // Of all rows together. Who verifies a chain with these knows a signer, and nothing yet of what it may issue.
  const TrustAnchors& anchors() const { return anchors_; }
  const std::vector<TrustedIssuer>& issuers() const { return issuers_; }

  // TrustAnchors::set_crls() of that row, whose anchors were made with require_crls.
  void set_crls(std::size_t row, std::vector<Crl> crls) { issuers_.at(row).anchors.set_crls(std::move(crls)); }

  struct Match {
    const TrustedIssuer* issuer;  // as long as this list
    std::string type;
  };
  // The first of `types` for which a row believes whoever signed with the leaf of `chain`, and that row. `chain`: leaf
  // first, verified with anchors(). `name`: "iss"; empty where a format has none. Errors: certificate_revoked and
  // certificate_revocation_unknown (of a row that has the type and the name), certificate_untrusted_for_type.
  Result<Match> find(std::span<const std::string> types, const CertificateChain& chain, std::string_view name,
                     Instant now) const;
  Result<Match> find(std::span<const std::string> types, std::span<const BytesView> chain, Instant now) const;

 private:
  TrustedIssuers(std::vector<TrustedIssuer> issuers, TrustAnchors anchors)
      : issuers_(std::move(issuers)), anchors_(std::move(anchors)) {}
  template <typename Chain>
  Result<Match> find_row(std::span<const std::string> types, const Chain& chain, std::string_view name,
                         Instant now) const;
  std::vector<TrustedIssuer> issuers_;
  TrustAnchors anchors_;
};

}  // namespace mibun::crypto
