#pragma once

#include <string>

#include "core/crypto/ca_certificate.h"
#include "core/crypto/certificate_make.h"
#include "core/crypto/crl.h"

// Certificates that follow the profiles of ISO/IEC 18013-5, annex B (mdoc_profile.h), each checked against its profile
// before it is handed out.
namespace mibun::crypto {

struct MdocCertificateRequest {
  std::string common_name;
  std::string organization;
  std::string country = "JP";     // ISO 3166-1 alpha-2; left out when empty, which only a reader may
  std::string state_or_province;  // left out when empty
  // At most 20 years for an IACA, 457 days for a document signer, 1187 days for a reader.
  Instant not_before, not_after;
  std::string crl_uri;      // where the issuer's revocation list is
  std::string issuer_mail;  // IACA only; document signers repeat what their IACA says
  std::string issuer_uri;   // IACA only; one of both is needed
};

// Errors of all: invalid_argument; certificate_profile_violation with the rule in `where`.
Result<Certificate> make_iaca_certificate(const MdocCertificateRequest& request, const CaKey& key);
// The older IACA vouches for the newer one's key: same names and same key identifier as `newer`.
Result<Certificate> make_iaca_link_certificate(const Certificate& newer, const Certificate& older,
                                               const CaKey& older_key, Instant not_before, Instant not_after);
Result<Certificate> make_document_signer_certificate(const MdocCertificateRequest& request,
                                                     const PublicKey& subject_key, const Certificate& iaca,
                                                     const CaKey& iaca_key);
Result<Certificate> make_mdoc_reader_certificate(const MdocCertificateRequest& request, const PublicKey& subject_key,
                                                 const Certificate& issuer, const CaKey& issuer_key);

}  // namespace mibun::crypto
