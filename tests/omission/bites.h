#pragma once

#include <string>
#include <vector>

namespace mibun::omission {

// A verifier that forgot a check, and the beginning of the place of a mutant that shows it.
struct Bite {
  std::string artefact, weakness, place, mutation;
};
const std::vector<Bite>& bites();

}  // namespace mibun::omission
