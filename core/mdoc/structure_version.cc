#include "core/mdoc/structure_version.h"

#include <algorithm>

namespace mibun::mdoc {

Status check_structure_version(std::string_view version, ErrorCode not_supported) {
  const bool good = version.size() >= 3 && version.size() <= 8 && version.starts_with("1.") &&
                    std::ranges::all_of(version.substr(2), [](char c) { return c >= '0' && c <= '9'; });
  if (!good) return fail(not_supported, "version", "only version 1.x is understood");
  return {};
}

}  // namespace mibun::mdoc
