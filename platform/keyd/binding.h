#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "core/base/bytes.h"
#include "platform/keyd/keyd.h"

namespace mibun::keyd {

// The parts one after another, each behind its length (4 bytes, big-endian): no two lists give the same bytes, so
// nobody can move a character from one part to its neighbour.
Bytes bind_parts(std::initializer_list<std::string_view> parts);

// The AAD of a record: what it is, whose, which row, which version.
Bytes record_binding(const PersonId& person, const RecordName& name);
// The AAD of a wrapped key. `purpose`: "person_key" or "service_key".
Bytes key_binding(std::string_view purpose, std::string_view name, std::int64_t epoch);

}  // namespace mibun::keyd
