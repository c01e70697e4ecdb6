#include "core/base/result.h"

#include <cstdio>

namespace mibun {

Error::Error(ErrorCode its_code, std::string its_where, std::string its_detail)
    : code(its_code), where(std::move(its_where)), detail(std::move(its_detail)) {}
Error::Error(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(const Error&) = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

std::string_view to_string(ErrorCode code) {
  switch (code) {
#define MIBUN_ERROR(name, number) \
  case ErrorCode::name:           \
    return #name;
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
  }
  return "unknown_error";
}

void invariant_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "mibun: invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace mibun
