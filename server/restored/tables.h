#pragma once

#include <span>
#include <string_view>

namespace mibun::server {

// What becomes of a table when its database is older than the world: kept as it was, or ended, because its rows are
// good for one use and that use may have come after the backup. A test wants every table in this list.
struct TableAfterRestore {
  std::string_view table;
  std::string_view end;  // a statement; empty: kept
};
std::span<const TableAfterRestore> tables_after_restore();

}  // namespace mibun::server
