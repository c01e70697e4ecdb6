#pragma once

#include <span>
#include <vector>

#include "core/dcql/choose.h"
#include "core/dcql/credential_sets.h"

// For files in core/dcql only.
namespace mibun::dcql {

// Of `combinations`, not empty, the one that can be answered by revealing least, and how: Preference::least_revealing.
std::vector<Pick> least_revealing_picks(const Query& query, std::span<const Card> cards,
                                        const std::vector<Candidates>& candidates,
                                        const std::vector<CredentialMask>& combinations,
                                        const Sensitivity& sensitivity);

// The picks of choose.h's ways_to_answer.
std::vector<Pick> sorted_ways(const Query& query, std::span<const Card> cards,
                              const std::vector<Candidates>& candidates, std::size_t credential);

}  // namespace mibun::dcql
