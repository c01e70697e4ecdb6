#pragma once

#include <string_view>

#include "core/base/result.h"

namespace mibun::mdoc {

// The version of an engagement or a request: "1." and a number. A later minor version only adds what an earlier reader
// passes over. Errors: `not_supported`.
Status check_structure_version(std::string_view version, ErrorCode not_supported);

}  // namespace mibun::mdoc
