#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

// Inside core/webauthn: whatever a codec says about bad input is one code for the caller, webauthn_malformed, with the
// codec's own code in the detail.
namespace mibun::webauthn {

[[nodiscard]] inline std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::webauthn_malformed, std::move(where), std::move(detail));
}

// Passes a value on; turns an error into webauthn_malformed at `where`.
template <class T>
[[nodiscard]] Result<T> or_malformed(Result<T> result, std::string where) {
  if (result.has_value()) return result;
  std::string cause(to_string(result.error().code));
  if (!result.error().where.empty()) cause += " at " + result.error().where;
  return malformed(std::move(where), std::move(cause));
}

}  // namespace mibun::webauthn
