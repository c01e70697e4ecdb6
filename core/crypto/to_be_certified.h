#pragma once

#include <span>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

// For whoever holds a certification authority's key and is asked to sign `to_be_signed`: is it what this authority is
// there for? One of
//   - a TBSCertificate of the authority itself, self-issued, for one of its `own` keys: the one that signs, and those
//     that come after it (a link certificate: ISO/IEC 18013-5, annex B)
//   - a TBSCertificate of a leaf, no CA, with digitalSignature and the extended key usage of one of `purposes` alone
//   - a TBSCertList (its revocation list)
// DER (RFC 5280, sections 4.1 and 5.1). Nothing is said about names or times. Errors: certificate_wrong_purpose.
Status check_to_be_certified(BytesView to_be_signed, std::span<const PublicKey> own,
                             std::span<const CertificatePurpose> purposes);

}  // namespace mibun::crypto
