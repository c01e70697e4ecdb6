#pragma once

#include <cstdint>
#include <cstdlib>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace mibun {

// What a program decides on. One list, grouped by module; a number and a name never change or return once released.
enum class ErrorCode : std::uint16_t {
#define MIBUN_ERROR(name, number) name = number,
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
};

// "sd_jwt_unreferenced_disclosure": the name in the list; stable, shown to developers and in logs.
std::string_view to_string(ErrorCode code);

// Made, moved and ended in result.cc: every MIBUN_TRY does all three, and where that stands in the caller's code it is
// a quarter of it.
struct Error {
  Error(ErrorCode its_code, std::string its_where, std::string its_detail);
  Error(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(const Error&);
  Error& operator=(Error&&) noexcept;
  ~Error();

  ErrorCode code;
  std::string where;   // "disclosures[3]", "byte 17": a place, never a value
  std::string detail;  // one sentence for a developer; no claims, no secrets
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// return fail(ErrorCode::x, "where", "detail");
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string where = {}, std::string detail = {}) {
  return std::unexpected<Error>(Error{code, std::move(where), std::move(detail)});
}

// The error of a failed Result on its way into another: moved once, into the place that the caller returns.
class PassedError {
 public:
  explicit PassedError(Error& error) : error_(error) {}
  template <class T>
  operator Result<T>() && {  // NOLINT(google-explicit-constructor): it stands behind `return`
    return Result<T>(std::unexpect, std::move(error_));
  }

 private:
  Error& error_;
};

// The error of a failed Result, to pass on from a function that returns another Result.
template <class T>
[[nodiscard]] PassedError pass_error(Result<T>& failed) {
  return PassedError(failed.error());
}

[[noreturn]] void invariant_failed(const char* expression, const char* file, int line);

}  // namespace mibun

#define MIBUN_CONCAT_INNER(a, b) a##b
#define MIBUN_CONCAT(a, b) MIBUN_CONCAT_INNER(a, b)

// MIBUN_TRY(auto value, call()): declares `value`, or returns the error of call().
#define MIBUN_TRY(declaration, expression) MIBUN_TRY_INNER(declaration, expression, MIBUN_CONCAT(mibun_try_, __LINE__))
#define MIBUN_TRY_INNER(declaration, expression, temporary) \
  auto temporary = (expression);                            \
  if (!temporary.has_value()) [[unlikely]]                  \
    return ::mibun::pass_error(temporary);                  \
  declaration = std::move(*temporary)

// MIBUN_CHECK(call()): for a Status, or a Result whose value is not needed.
#define MIBUN_CHECK(expression) MIBUN_CHECK_INNER(expression, MIBUN_CONCAT(mibun_check_, __LINE__))
#define MIBUN_CHECK_INNER(expression, temporary)                          \
  if (auto temporary = (expression); !temporary.has_value()) [[unlikely]] \
  return ::mibun::pass_error(temporary)

// For what only our own bug can cause. Stays on in release and never judges input.
#define MIBUN_INVARIANT(condition) \
  ((condition) ? static_cast<void>(0) : ::mibun::invariant_failed(#condition, __FILE__, __LINE__))
