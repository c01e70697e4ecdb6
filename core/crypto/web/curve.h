#pragma once

// For files in core/crypto only.

#include <optional>

#include "core/base/bytes.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto::web {

// The curve whose object identifier has these contents; other when it is none of ours.
EcCurve curve_of(BytesView oid);
// Is `point` (SEC 1, section 2.3.3) on the curve? Uncompressed, compressed (there is a y) or hybrid. Not in constant
// time: for public keys only.
bool is_on_curve(EcCurve curve, BytesView point);

}  // namespace mibun::crypto::web
