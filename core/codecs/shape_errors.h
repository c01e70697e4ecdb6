#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

namespace mibun {

// What the readers say about the shape of something, under the code that the caller has for it, at the same place:
// `constexpr ShapeErrors shape{ErrorCode::...}` in a file, then `MIBUN_TRY(auto name, shape(reader.string("name")))`.
struct ShapeErrors {
  ErrorCode code;

  template <class T>
  Result<T> operator()(Result<T> result) const {
    if (result) return result;
    return fail(code, std::move(result.error().where), std::move(result.error().detail));
  }
};

}  // namespace mibun
