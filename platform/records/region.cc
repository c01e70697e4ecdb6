#include "platform/records/region.h"

namespace mibun::records {

std::string_view to_string(Region region) {
  return region == Region::japan ? "JP" : "US";
}

Result<Region> parse_region(std::string_view text) {
  for (const Region region : {Region::japan, Region::united_states}) {
    if (to_string(region) == text) return region;
  }
  return fail(ErrorCode::invalid_argument, "region", "JP or US");
}

}  // namespace mibun::records
