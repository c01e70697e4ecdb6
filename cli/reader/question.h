#pragma once

#include <string>
#include <vector>

#include "core/proximity/reader_flow.h"

namespace mibun::cli {

// "family_name", in the doctype's own name space, or "name.space/element". `retained`: those that the reader will keep,
// named as in `elements`. Errors: invalid_argument (a doctype whose name space we do not know, or one of `retained`
// that is not asked for).
Result<proximity::DocumentQuestion> make_question(const std::string& doc_type, const std::vector<std::string>& elements,
                                                  const std::vector<std::string>& retained);

}  // namespace mibun::cli
