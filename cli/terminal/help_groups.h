#pragma once

#include "cli/terminal/terminal.h"

namespace mibun::cli {

// What is said of the codes of a module that have nothing of their own. For files in cli/terminal only.
struct HelpGroup {
  int first, last;  // numbers of core/base/error_codes.def
  Text sentence, cause, next;
};

const HelpGroup& help_group(ErrorCode code);

}  // namespace mibun::cli
