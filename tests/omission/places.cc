#include "tests/omission/places.h"

#include <fnmatch.h>

#include <sstream>

namespace mibun::omission {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

bool matches(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

bool matches_one(const std::string& patterns, const std::string& text) {
  std::istringstream words(patterns);
  for (std::string pattern; words >> pattern;) {
    if (matches(pattern, text)) return true;
  }
  return false;
}

}  // namespace

Result<OptionalPlaces> OptionalPlaces::parse(std::string_view text) {
  OptionalPlaces places;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (trimmed(line).empty() || line[0] == '#') continue;
    std::vector<std::string> parts;
    std::istringstream rest(line);
    for (std::string part; std::getline(rest, part, '|');) parts.push_back(trimmed(part));
    if (parts.size() != 4 || parts[3].empty()) return fail(ErrorCode::invalid_argument, line, "not of four parts");
    places.entries_.push_back({parts[0], parts[1], parts[2], parts[3], 0});
  }
  if (places.entries_.size() > kOptionalPlacesMax) return fail(ErrorCode::invalid_argument, "list", "too long");
  return places;
}

bool OptionalPlaces::allow(const std::string& artefact, const Mutant& mutant) {
  for (OptionalPlace& entry : entries_) {
    if (matches_one(entry.artefact, artefact) && matches_one(entry.place, mutant.place) &&
        matches_one(entry.mutations, mutant.mutation)) {
      ++entry.used;
      return true;
    }
  }
  return false;
}

}  // namespace mibun::omission
