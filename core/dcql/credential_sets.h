#pragma once

#include <cstdint>
#include <optional>

#include "core/dcql/query.h"

namespace mibun::dcql {

// Credential queries of one query: bit i is Query::credentials()[i].
using CredentialMask = std::uint32_t;
static_assert(kCredentialQueriesMax <= 32);

inline CredentialMask mask_of(std::size_t credential) {
  return CredentialMask{1} << credential;
}

// Of the credential queries that were answered, those that the credential sets need: one whole option of each set that
// has one, chosen so that as many as possible are needed. nullopt: a required set has no whole option (section 6.4.2).
// Without credential sets all are needed.
std::optional<CredentialMask> needed_credentials(const Query& query, CredentialMask answered);

// The credential queries to answer, one whole option of each required set out of `answerable`, in every combination,
// each once; the verifier's preference first. Empty: the required sets cannot all be satisfied. {0}: nothing is
// required. Of more than `combinations_max` combinations the least preferred are left out.
std::vector<CredentialMask> required_combinations(const Query& query, CredentialMask answerable,
                                                  std::size_t combinations_max);

}  // namespace mibun::dcql
