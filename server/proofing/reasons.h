#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mibun::server {

enum class ReviewDecision { approve, reject, ask_again };
std::string_view to_string(ReviewDecision decision);

// Reasons are codes, never free text: free text would carry personal data into places that do not expect it.
bool is_reason_for(ReviewDecision decision, std::string_view reason_code);
// The photos that are asked for again with a reason of ask_again; empty for another reason.
std::vector<std::string> photos_needed(std::string_view reason_code);

}  // namespace mibun::server
