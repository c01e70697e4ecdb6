#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/mdoc/issuer_signed.h"

// An mdoc as OpenID4VCI, OpenID4VP and DCQL see it.
namespace mibun::mdoc {

// base64url without padding: an IssuerSigned in a credential response, a DeviceResponse in a vp_token.
std::string to_wire(BytesView message);
// Errors: base64url_*, mdoc_too_large.
Result<Bytes> from_wire(std::string_view text);

// {name space: {element: value}}, for DCQL and for showing. CBOR becomes JSON as RFC 8949, section 6.1 says: byte
// strings are base64url, dates their text. Errors: those of cbor::to_json (a value that JSON cannot say).
Result<json::Object> claims_of(const std::vector<IssuerNameSpace>& name_spaces);

}  // namespace mibun::mdoc
