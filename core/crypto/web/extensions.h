#pragma once

// For files in core/crypto only: the values of the extensions that every reader of certificates decodes (RFC 5280,
// section 4.2), without a library. All values are DER objects that der::check() has passed; views point into them.
// Errors: certificate_malformed at "extensions".

#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/certificate_parts.h"

namespace mibun::crypto::web {

inline constexpr std::uint8_t kMailTag = 0x81, kDnsTag = 0x82, kUriTag = 0x86, kIpTag = 0x87;

struct GeneralName {
  std::uint8_t tag;
  BytesView value, der;
};
Result<std::vector<GeneralName>> read_general_names(BytesView value);

// The names of the points that have a full name, and neither reasons nor an issuer of their own. An empty list is
// refused at "cRLDistributionPoints".
Result<std::vector<GeneralName>> read_distribution_points(BytesView value);
Result<BasicConstraints> read_basic_constraints(BytesView value);
// At least one bit is set.
Result<std::uint16_t> read_key_usage(BytesView value);
Result<std::vector<Bytes>> read_extended_key_usages(BytesView value);
// Nullopt when there is only an issuer and a serial number, or nothing.
Result<std::optional<Bytes>> read_authority_key_id(BytesView value);
Result<Bytes> read_subject_key_id(BytesView value);

// Extensions that nobody here looks at, but that have to decode where they are known.
Status check_name_constraints(BytesView value);
Status check_netscape_type(BytesView value);
Status check_proxy_info(BytesView value);      // RFC 3820, section 3.8
Status check_address_blocks(BytesView value);  // RFC 3779, section 2.2.3
Status check_as_identifiers(BytesView value);  // RFC 3779, section 3.2.3

}  // namespace mibun::crypto::web
