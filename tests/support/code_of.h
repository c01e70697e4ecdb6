#pragma once

#include "core/base/result.h"

// The code of a refusal; internal_error when there was none, so that a comparison fails.
template <class T>
mibun::ErrorCode code_of(const mibun::Result<T>& result) {
  return result ? mibun::ErrorCode::internal_error : result.error().code;
}
