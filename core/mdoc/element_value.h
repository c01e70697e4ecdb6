#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"

// Values of data elements as an issuer writes them: one deterministically encoded CBOR item each.
namespace mibun::mdoc::value {

Bytes text(std::string_view value);
Bytes unsigned_integer(std::uint64_t value);
Bytes boolean(bool value);
Bytes bytes(BytesView value);
// full-date = #6.1004(tstr), RFC 8943: "1990-04-15".
Bytes full_date(const CalendarDate& date);
// tdate = #6.0(tstr): UTC with "Z" and without a fraction (ISO/IEC 18013-5, 7.2.1); what is finer is dropped.
Bytes tdate(Instant instant);
Bytes array(std::span<const Bytes> elements);
// Keys are text; written in the deterministic order. Two of a name are our own bug.
Bytes map(std::span<const std::pair<std::string, Bytes>> members);

// One entry of "driving_privileges": ISO/IEC 18013-5, 7.2.4.
//   {"vehicle_category_code": tstr, ? "issue_date": full-date, ? "expiry_date": full-date, ? "codes": [+ Code]}
struct DrivingPrivilege {
  struct Code {
    std::string code;
    std::optional<std::string> sign, value;
  };
  std::string vehicle_category_code;
  std::optional<CalendarDate> issue_date, expiry_date;
  std::vector<Code> codes;
};
Bytes driving_privileges(std::span<const DrivingPrivilege> privileges);

}  // namespace mibun::mdoc::value
