#pragma once

#include "core/base/result.h"
#include "core/crypto/ca_certificate.h"

// The certificate profiles of ISO/IEC 18013-5, annex B, beyond what RFC 5280 asks of every path. A broken rule is
// certificate_profile_violation, `where` names it: "iaca.validity", "document_signer.extKeyUsage". The tables stand in
// docs/formats/x509.md.
namespace mibun::crypto {

// B.1.2: the root of an issuing authority. Also checks its own signature.
Status check_iaca_root(const CaCertificate& root);
// B.1.3: the certificate by which an older root (`issuer`) vouches for a newer one's key.
Status check_iaca_link(const CaCertificate& link, const CaCertificate& issuer);
// B.1.4: signs MSOs, directly under the root.
Status check_document_signer(const CaCertificate& signer, const CaCertificate& iaca);
// B.1.7: signs reader authentication. `issuer`: the certificate above it, whoever that is.
Status check_mdoc_reader(const CaCertificate& reader, const CaCertificate& issuer);

}  // namespace mibun::crypto
