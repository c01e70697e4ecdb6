#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/cbor.h"

namespace mibun::mdoc {

inline constexpr std::uint64_t kTagDateTime = 0, kTagFullDate = 1004;

// "2026-11-23T03:00:00Z", exactly so: ISO/IEC 18013-5, 7.2.1 allows no fraction and no offset but "Z".
// Errors: date_malformed.
Result<Instant> parse_date_time(std::string_view text);

// tdate = #6.0(tstr). Errors: date_malformed and those of the reader.
Result<Instant> read_tdate(cbor::Reader& reader);

}  // namespace mibun::mdoc
