#pragma once

#include <string>
#include <vector>

namespace mibun::emrtd {

// What one check of a document said, for the people who decide and for the record. A check that fails ends the
// verification with an Error, so a list of findings holds what passed and what could not be or was not done.
enum class Outcome { passed, not_done };

struct Finding {
  std::string check;  // "sod_signature", "signer_chain", "data_group_digests", "active_authentication", ...
  Outcome outcome = Outcome::not_done;
  std::string detail;  // for an operator; no personal data
};

using Findings = std::vector<Finding>;

}  // namespace mibun::emrtd
