#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/sd_jwt/sd_jwt.h"

namespace mibun::sd_jwt {

// An SD-JWT or SD-JWT+KB in the JWS JSON serialisation: RFC 9901, section 8; RFC 7515, section 7.2.
//   flattened  {"payload", "protected", "header": {"disclosures": [...], "kb_jwt"}, "signature"}
//   general    {"payload", "signatures": [{"protected", "header": {...}, "signature"}, ...]}
enum class JsonForm { flattened, general };

// The compact form of what a JSON text says: nothing signed is changed, so both verify alike. Of a general text with
// several signatures the first counts: it carries the disclosures, and sd_hash covers it. Members that are not defined
// are ignored, as RFC 7515 asks; nothing in the unprotected header but "disclosures" and "kb_jwt" is used.
// Errors: sd_jwt_json_malformed (shape, a part that is not base64url, a name in both headers, "crit" unprotected,
//         disclosures or kb_jwt beside a later signature), json_*, sd_jwt_too_many_disclosures.
Result<SdJwt> parse_json(std::string_view text);

// The other way. Errors: sd_jwt_malformed (the issuer's JWT has not three parts).
Result<std::string> to_json(const SdJwt& sd_jwt, JsonForm form);

}  // namespace mibun::sd_jwt
