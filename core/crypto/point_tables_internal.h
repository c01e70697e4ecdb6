#pragma once

// For files in core/crypto only.

#include <memory>

#include "core/crypto/point_table.h"
#include "core/crypto/point_tables.h"

namespace mibun::crypto::point_tables {

// Good signatures under one key, in one thread, before a table is made. Making one takes as long as 370 verifications
// and is won back after 750; who sends signatures to have tables made pays for many times what they cost.
inline constexpr unsigned kUsesBeforeTable = 2000;

// Whether tables are to be used.
bool are_wanted();
// The table of a point, or null.
std::shared_ptr<const PointTable> find(BytesView point65);
// A signature under this point was good, and there was no table. Makes one when it is time, which takes 15 ms; else
// null.
std::shared_ptr<const PointTable> count_use(BytesView point65);

}  // namespace mibun::crypto::point_tables
