#pragma once

#include <optional>
#include <string_view>

namespace mibun::emrtd {

// The two-letter code in the certificates of the state with this code in the machine readable zone: "JPN" gives "JP",
// "D" gives "DE". Nullopt for a code that neither ISO 3166-1 nor ICAO Doc 9303-3, section 5 lists here.
std::optional<std::string_view> certificate_country(std::string_view issuing_state);

}  // namespace mibun::emrtd
