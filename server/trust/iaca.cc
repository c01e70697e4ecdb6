#include "server/trust/iaca.h"

#include "core/crypto/crl.h"
#include "core/crypto/mdoc_certificates.h"
#include "server/trust/trust.h"

namespace mibun::server {
namespace {

constexpr auto kIacaLifetime = std::chrono::days(3650);
constexpr auto kSignerLifetime = std::chrono::days(450);
constexpr auto kSignerReserve = std::chrono::days(100);  // a card lives for 90 days, within its signer's certificate
// A card says that it was signed at the beginning of a day, which must lie within its signer's certificate.
constexpr auto kBackdate = std::chrono::hours(24) + kCertificateBackdate;
constexpr auto kCrlLifetime = std::chrono::days(7);
constexpr auto kCrlRenewal = std::chrono::days(1);

crypto::MdocCertificateRequest names_of(const HttpsUrl& origin, std::string common_name, Instant now) {
  crypto::MdocCertificateRequest request;
  request.common_name = std::move(common_name);
  request.organization = "mibun";
  request.not_before = now - kBackdate;
  request.crl_uri = origin.origin() + std::string(kIacaCrlPath);
  return request;
}

}  // namespace

PairSpec document_signer_spec(const HttpsUrl& origin) {
  return {.root = "iaca-root",
          .leaf = "document-signer",
          .reserve = kSignerReserve,
          .certify_root =
              [origin](const crypto::P256Signer& key, Instant now) {
                auto request = names_of(origin, "mibun IACA", now);
                request.not_after = now + kIacaLifetime;
                request.issuer_uri = origin.origin();
                return crypto::make_iaca_certificate(request, key);
              },
          .certify_leaf =
              [origin](const crypto::P256PublicKey& key, const Root& root, Instant now) {
                auto request = names_of(origin, "mibun document signer", now);
                request.not_after = now + kSignerLifetime;
                return crypto::make_document_signer_certificate(request, key, root.certificate, *root.signer);
              }};
}

Result<Bytes> current_crl(const crypto::Certificate& root, const crypto::CaKey& key,
                          std::vector<crypto::CrlRequest::Entry> entries, Instant now) {
  const crypto::CrlRequest request{.this_update = now - kCertificateBackdate,
                                   .next_update = now + kCrlLifetime,
                                   .number = static_cast<std::uint64_t>(now.unix_seconds()),
                                   .entries = std::move(entries)};
  MIBUN_TRY(const crypto::Crl crl, crypto::make_crl(request, root, key));
  return to_bytes(crl.der());
}

Result<Bytes> IacaCrl::current(const Root& root, Instant now) {
  const std::scoped_lock lock(mutex_);
  if (!der_.empty() && now < good_until_) return der_;
  MIBUN_TRY(der_, current_crl(root.certificate, *root.signer, {}, now));
  good_until_ = now + kCrlRenewal;
  return der_;
}

}  // namespace mibun::server
