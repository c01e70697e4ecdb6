#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "tests/omission/trial.h"

namespace mibun::omission {

inline constexpr std::size_t kOptionalPlacesMax = 40;

// One line of optional_places.txt: "artefact | place | mutation | reason with the specification's section". The first
// three are shell patterns; a mutation may be several, with spaces between.
struct OptionalPlace {
  std::string artefact, place, mutations, reason;
  std::size_t used = 0;
};

// The written list. It goes stale as soon as an entry allows nothing any more.
class OptionalPlaces {
 public:
  // Errors: invalid_argument (a line that is not of four parts, or more than kOptionalPlacesMax).
  static Result<OptionalPlaces> parse(std::string_view text);

  // Counts the entry that allows it; the first one that fits.
  bool allow(const std::string& artefact, const Mutant& mutant);
  std::span<const OptionalPlace> entries() const { return entries_; }

 private:
  std::vector<OptionalPlace> entries_;
};

}  // namespace mibun::omission
