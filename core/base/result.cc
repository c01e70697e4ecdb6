#include "core/base/result.h"

#include <cstdio>

namespace mibun {

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
