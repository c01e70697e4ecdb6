#pragma once

#include <span>

#include "platform/database/database.h"

namespace mibun::server {

// The numbered .sql files of this folder, embedded: 0001_registration ... in order. A file that was released is never
// edited; a change is a new number (the recorded checksums refuse anything else).
std::span<const database::Migration> migrations();

}  // namespace mibun::server
