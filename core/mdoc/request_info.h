#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

// The "requestInfo" of an ItemsRequest: what a reader says beside what it asks (ISO/IEC 18013-5, 8.3.2.1.2.1). Reader
// authentication covers it.
//   RequestInfo = {* tstr => any}
namespace mibun::mdoc {

// {name: text}
Bytes make_request_info(std::string_view name, std::string_view text);

// The text under `name`; nullopt when there is no such member. Others are passed over. `info`: one CBOR map, and
// nothing after it. Errors: mdoc_request_malformed (not a map of texts, or no text under `name`), those of
// cbor::Reader.
Result<std::optional<std::string>> find_in_request_info(BytesView info, std::string_view name);

}  // namespace mibun::mdoc
