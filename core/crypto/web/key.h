#pragma once

// For files in core/crypto only: SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) without a library.

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto::web {

// What kind of key it is. EC keys are on one of our named curves, whichever way the point is written; keys that nothing
// here verifies with (DSA, X25519, X448, Ed448) are `other`. `spki`: DER that der::check() has passed. Errors:
// certificate_malformed (also a kind of key or a curve that is not known).
Result<SignerKey> read_key(BytesView spki);
// The parameters of an id-RSASSA-PSS key, DER; empty when it has none. `spki`: as above, and read_key() passed it.
BytesView key_parameters(BytesView spki);

}  // namespace mibun::crypto::web
