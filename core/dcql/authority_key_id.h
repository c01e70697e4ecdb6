#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace mibun::dcql {

// The key identifiers of the AuthorityKeyIdentifier extensions (RFC 5280, section 4.2.1.1) of a credential's chain,
// base64url: what "trusted_authorities" of type "aki" names. Certificates without one, or that cannot be read, add
// nothing.
std::vector<std::string> authority_key_ids(std::span<const Bytes> chain);

}  // namespace mibun::dcql
