#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace mibun::status_list {

inline constexpr std::size_t kAggregationBytesMax = 1024 * 1024;
inline constexpr std::size_t kAggregationListsMax = 10'000;

// All lists of an issuer, for those who fetch ahead or check without a network (Token Status List, section 9.3):
//   {"status_lists": ["https://...", ...]}
// It is not signed: each list it names is verified on its own, and a list that it leaves out is still fetched.
// Errors: json_*, status_list_malformed (no https URL, the same twice, too many).
Result<std::vector<std::string>> parse_aggregation(std::string_view text);
std::string write_aggregation(const std::vector<std::string>& uris);

}  // namespace mibun::status_list
