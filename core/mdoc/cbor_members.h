#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace mibun::mdoc {

// A member of another type than the structure says is a fault of the structure, not of the CBOR: the reader's
// cbor_wrong_type becomes `malformed` with the member's place. Everything else passes as it is.
template <class T>
Result<T> typed(Result<T> read, ErrorCode malformed, std::string_view where) {
  if (read.has_value() || read.error().code != ErrorCode::cbor_wrong_type) return read;
  return fail(malformed, std::string(where), "a member has another type than the standard says");
}

}  // namespace mibun::mdoc
