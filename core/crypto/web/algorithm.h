#pragma once

// For files in core/crypto only.

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::crypto::web {

// AlgorithmIdentifier: RFC 5280, section 4.1.1.2.
struct Algorithm {
  BytesView oid;         // contents
  BytesView parameters;  // DER, empty when absent
};
// `der`: one object that der::check() has passed. Errors: certificate_malformed at `where`.
Result<Algorithm> read_algorithm(BytesView der, const char* where);

}  // namespace mibun::crypto::web
