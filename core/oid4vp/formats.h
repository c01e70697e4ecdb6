#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/dcql/query.h"

// For files in core/oid4vp only: "vp_formats_supported" of verifiers and wallets: OpenID4VP 1.0, sections 5.1 and 10.1,
// appendix B.2.2 and B.3.4.
namespace mibun::oid4vp {

// What we sign and verify in that format.
json::Object algorithms_of(std::string_view format);

// Whether presentations of this format, with our algorithms, are taken or made by whoever says this.
bool takes_format(const json::Object& formats, std::string_view format);

// Every credential of a format that we know must be one that is taken; one such must be asked for.
// Errors: dcql_unsupported_format at `where`.
Status check_formats(const json::Object& formats, const dcql::Query& query, const std::string& where);

}  // namespace mibun::oid4vp
