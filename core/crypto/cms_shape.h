#pragma once

// For files in core/crypto only.

#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::crypto {

// Signed data with one signer (RFC 5652, section 5), as it is written. The library reads more than is DER and leaves
// out parts that no signature covers: versions, the set of digest algorithms, the signer's identifier, constructed
// bits. Whatever of that is changed on the way is refused here.
struct SignedDataShape {
  std::vector<BytesView> digest_oids;  // of the set, contents without tag
  BytesView issuer;                    // of the signer's identifier: DER of the Name; empty when by key identifier
  BytesView signer_digest_oid;
};

// `der`: ContentInfo with definite lengths. Views into it. Errors: cms_malformed.
Result<SignedDataShape> read_signed_data_shape(BytesView der);

}  // namespace mibun::crypto
