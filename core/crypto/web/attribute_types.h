#pragma once

// For files in core/crypto only.

#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace mibun::crypto::web {

// The short name of an attribute type, as OpenSSL has it ("CN", "emailAddress"); empty when it is none of X.520
// (2.5.4), of COSINE (RFC 4524), PKCS #9, or of the jurisdictions of extended validation. `oid`: contents.
std::string_view attribute_type(BytesView oid);
// "1.2.840.113549"; at most 79 characters of it, and none for an identifier of more than 586 bytes.
std::string dotted(BytesView oid);

}  // namespace mibun::crypto::web
