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

namespace {

// Two lists in one order, the names one after the other: a switch over as many strings is 6 kB of code more, and in the
// browser all of it is on the way to the first screen.
constexpr std::uint16_t kNumbers[] = {
#define MIBUN_ERROR(name, number) number,
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
};
constexpr char kNames[] =
#define MIBUN_ERROR(name, number) #name "\0"
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
    ;

}  // namespace

std::string_view to_string(ErrorCode code) {
  std::string_view name(kNames);
  for (const std::uint16_t number : kNumbers) {
    if (number == static_cast<std::uint16_t>(code)) return name;
    name = std::string_view(name.data() + name.size() + 1);
  }
  return "unknown_error";
}

void invariant_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "mibun: invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace mibun
