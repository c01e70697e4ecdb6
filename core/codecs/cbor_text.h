#pragma once

#include <string>

#include "core/codecs/cbor.h"
#include "core/codecs/json.h"

namespace mibun::cbor {

// A data element as JSON: for showing it and for DCQL's value matching (RFC 8949, section 6.1). One way only: digests
// and signatures go over the CBOR.
//   integer           number; outside int64 and uint64: json_number_out_of_range
//   bytes             text, base64url without padding
//   bignum (tag 2, 3) text, base64url; a negative one begins with "~"
//   tdate (0), full-date (1004), any other tag    its content as if the tag were not there
//   embedded CBOR (24)                            its bytes, as text
//   float             number; NaN and the infinities: null
//   undefined and unassigned simple values        null
//   map               object; a key is text, or an integer as decimal text, else cbor_wrong_type; two keys that become
//                     the same text: json_duplicate_key
// `item`: exactly one, within `limits`. Errors: also those of Reader.
Result<json::Value> to_json(BytesView item, Form form = Form::well_formed, Limits limits = {});

// Diagnostic notation (RFC 8949, section 8), for developers and tests: {1: h'0102', "a": [_ 1, 0("2013-03-21")]}.
// It shows values: nothing of a person's data may be logged with it. Errors: those of Reader.
Result<std::string> diagnose(BytesView item, Form form = Form::well_formed, Limits limits = {});

}  // namespace mibun::cbor
