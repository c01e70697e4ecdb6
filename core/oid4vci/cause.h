#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

namespace mibun::oid4vci {

// The protocol's word for a failure below, keeping its cause for the log:
//   dpop_invalid_proof, "dpop.header.typ", "jws_typ_mismatch: another type"
[[nodiscard]] inline std::unexpected<Error> fail_as(ErrorCode code, std::string_view place, const Error& cause) {
  std::string where(place);
  if (!cause.where.empty()) where += (where.empty() ? "" : ".") + cause.where;
  std::string detail(to_string(cause.code));
  if (!cause.detail.empty()) detail += ": " + cause.detail;
  return fail(code, std::move(where), std::move(detail));
}

}  // namespace mibun::oid4vci

// MIBUN_TRY_AS(code, "place", auto value, call()) and MIBUN_CHECK_AS: as MIBUN_TRY and MIBUN_CHECK, restated.
#define MIBUN_TRY_AS(code, place, declaration, expression) \
  MIBUN_TRY_AS_INNER(code, place, declaration, expression, MIBUN_CONCAT(mibun_try_, __LINE__))
#define MIBUN_TRY_AS_INNER(code, place, declaration, expression, temporary) \
  auto temporary = (expression);                                            \
  if (!temporary.has_value()) [[unlikely]]                                  \
    return ::mibun::oid4vci::fail_as(code, place, temporary.error());       \
  declaration = std::move(*temporary)

#define MIBUN_CHECK_AS(code, place, expression) \
  MIBUN_CHECK_AS_INNER(code, place, expression, MIBUN_CONCAT(mibun_try_, __LINE__))
#define MIBUN_CHECK_AS_INNER(code, place, expression, temporary) \
  auto temporary = (expression);                                 \
  if (!temporary.has_value()) [[unlikely]]                       \
  return ::mibun::oid4vci::fail_as(code, place, temporary.error())
