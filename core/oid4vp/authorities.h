#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/mdoc/issuer_signed.h"

// For files in core/oid4vp only: what "trusted_authorities" of type "aki" is compared with.
namespace mibun::oid4vp {

// Of the x5c of an issuer's JWT. Nothing of a chain that cannot be read: such a card has no authority.
std::vector<std::string> authorities_of(std::string_view issuer_jwt);
// Of the x5chain of issuerAuth.
std::vector<std::string> authorities_of(const mdoc::IssuerSigned& issuer_signed);

}  // namespace mibun::oid4vp
