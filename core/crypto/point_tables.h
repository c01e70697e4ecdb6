#pragma once

#include <cstddef>

// Public keys on P-256 that this process verifies with again and again (an issuer's, a wallet provider's) get a table
// of multiples, with which that takes half the time (docs/decisions/0053). Nothing has to be asked for: a key is
// counted as it verifies, for each thread by itself.
namespace mibun::crypto {

inline constexpr std::size_t kPointTablesMax = 32;  // 150 kB each

// Room for that many tables in this process, kPointTablesMax unless said; 0 for none: then those there are lie idle.
// For a device with little memory, and for measuring what verifying under a new key takes. From any thread.
void set_point_tables_max(std::size_t max);

}  // namespace mibun::crypto
