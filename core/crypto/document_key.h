#pragma once

// For files in core/crypto only: the keys and algorithms of travel documents (ICAO Doc 9303-12, section 4.1.6).

#include "core/base/result.h"
#include "core/crypto/openssl.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {

// The key of `x509` on a curve that has a name, whichever way the certificate writes its parameters. Explicit
// parameters count only when they are exactly those of a known curve: others could be made to fit a foreign key.
// Errors: certificate_malformed, algorithm_not_allowed, emrtd_explicit_curve_unknown.
Result<OwnedKey> document_public_key(X509* x509);

// SHA-256, SHA-384 or SHA-512, null otherwise.
const EVP_MD* document_digest(int nid);

}  // namespace mibun::crypto
