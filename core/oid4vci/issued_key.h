#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/oid4vci/wallet_flow.h"

namespace mibun::oid4vci {

// Finds for each copy the key it is bound to (an SD-JWT's cnf.jwk, the device key of an mdoc's MSO), as the order of an
// answer is not promised. The issuer's signature is not checked here: that is the card's own business.
// Errors: oid4vci_response_malformed: no such key, a key that is not among `keys`, or two copies for one key.
Result<std::vector<IssuedCopy>> match_copies(CredentialFormat format, std::vector<std::string> credentials,
                                             std::span<const HolderKey> keys);

}  // namespace mibun::oid4vci
