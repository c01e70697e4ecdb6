#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/crypto/ca_certificate.h"
#include "core/crypto/certificate.h"
#include "core/crypto/certificate_chain.h"
#include "core/crypto/crl.h"

namespace mibun::crypto {

// How far a trust list asks for revocation lists. Said aloud by whoever makes the list.
enum class RevocationPolicy {
  // Each certificate of a chain needs a current list of its issuer that covers it; without one the answer is
  // certificate_revocation_unknown. The anchors are not looked up: taking one off the trust list is its revocation.
  require_crls,
  // No list is looked at: certificates that live shortly, or status lists say enough.
  ignore_revocation,
};

// Trust anchors for one purpose. Verified chains are remembered, in a bounded map and only while every member and
// every revocation list that was used is current; a thread that asks again for a chain takes no lock. Safe to use from
// several threads, set_crls() too.
class TrustAnchors {
 public:
  // For mdoc_document_signer and mdoc_reader with the profiles of ISO/IEC 18013-5, annex B (mdoc_profile.h).
  TrustAnchors(CertificatePurpose purpose, std::vector<CaCertificate> anchors, RevocationPolicy revocation);
  // As above, with the general rules alone, for issuers that do not follow annex B.
  static TrustAnchors ignore_mdoc_profile(CertificatePurpose purpose, std::vector<CaCertificate> anchors,
                                          RevocationPolicy revocation);
  ~TrustAnchors();
  TrustAnchors(TrustAnchors&&) noexcept;
  TrustAnchors& operator=(TrustAnchors&&) noexcept;

  CertificatePurpose purpose() const;
  // For policies that were put together wrongly. Errors: certificate_wrong_purpose.
  Status check_purpose(CertificatePurpose wanted) const;
  const std::vector<CaCertificate>& anchors() const;

  // Takes the place of all lists held; forgets what was verified with them. Lists are verified where they are used,
  // with the certificate that issued them; of several by one issuer the newest that is current and covers counts.
  void set_crls(std::vector<Crl> crls);

  // `chain`: DER certificates, leaf first, without the anchor (an anchor inside is certificate_is_anchor). RFC 5280,
  // section 6, made stricter: names, key identifiers, signatures that fit the signer's key (no SHA-1), CA
  // flags, path lengths, key usage, no critical extension that is not checked here, no name or policy constraints, no
  // certificate twice; intermediates may be self-issued (a new key), the leaf may not; every member and the anchor
  // valid at `now`; the leaf has digitalSignature and the purpose's extended key usage and is not a CA. A TLS peer's
  // host name is compared by the TLS layer, not here. Keys of CAs may be RSA from 2048 bits for verifier_access and
  // tls_server. Errors: certificate_malformed, _expired, _not_yet_valid, _untrusted, _wrong_purpose, _is_anchor,
  // _chain_too_long, _profile_violation, _revoked, _revocation_unknown.
  Result<Certificate> verify_chain(std::span<const Bytes> chain, Instant now) const;

  // The same; members are copied only when the chain is not remembered.
  Result<Certificate> verify_chain(std::span<const BytesView> chain, Instant now) const;
  Result<Certificate> verify_chain(const CertificateChain& chain, Instant now) const;

 private:
  struct Impl;
  explicit TrustAnchors(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::crypto
