#include "tests/omission/trial.h"

namespace mibun::omission {

void Trial::honest(const Status& outcome) {
  honest_ = outcome.has_value();
  if (!outcome) refusal_ = std::string(to_string(outcome.error().code)) + " at " + outcome.error().where;
}

void Trial::tried(std::string place, std::string_view mutation, const Status& outcome) {
  ++mutants_;
  if (outcome) accepted_.push_back({std::move(place), std::string(mutation)});
}

std::string Trial::broken() const {
  if (!honest_) return refusal_.empty() ? "never tried" : "refused as it is: " + refusal_;
  return mutants_ == 0 ? "no mutants" : "";
}

}  // namespace mibun::omission
