#include "tests/server/canary/search.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tests/server/canary/places.h"

namespace mibun::server {
namespace {

std::size_t sum(const Searched::Hits& hits) {
  std::size_t total = 0;
  for (const auto& [place, count] : hits) total += count;
  return total;
}

}  // namespace

std::string Searched::in_words(const Hits& hits) {
  std::string text;
  for (const auto& [place, count] : hits) text += place + " x" + std::to_string(count) + "; ";
  return text;
}

void Search::count(Searched& searched, const std::string& place, BytesView content) {
  const auto found = scanner_.scan(content);
  const std::lock_guard lock(mutex_);
  ++searched.places;
  searched.bytes += content.size();
  for (const auto& [whose, count] : found) {
    searched.whose.insert(whose);
    (whose.starts_with("erased") ? searched.erased : searched.living)[place] += count;
  }
}

Searched Search::files(const std::string& what, const std::string& folder) {
  Searched searched{.what = what};
  visit_files(folder, [&](const Place& place) { count(searched, place.name, place.content); });
  note(searched);
  return searched;
}

Searched Search::memory(const std::string& what, pid_t process) {
  Searched searched{.what = what};
  searched.missing = visit_memory(process, [&](const Place& place) { count(searched, place.name, place.content); });
  note(searched);
  return searched;
}

void Search::note(const Searched& searched) {
  const auto known = std::ranges::find(looks_, searched.what, &Searched::what);
  if (known == looks_.end()) {
    looks_.push_back(searched);
    return;
  }
  known->places += searched.places;
  known->bytes += searched.bytes;
  known->missing += searched.missing;
  for (const auto& [place, hits] : searched.erased) known->erased[place] += hits;
  for (const auto& [place, hits] : searched.living) known->living[place] += hits;
}

std::string Search::table() const {
  std::string text;
  char line[200];
  std::snprintf(line, sizeof line, "%-58s %8s %12s %8s %8s\n", "searched", "places", "bytes", "erased", "living");
  text += line;
  for (const Searched& look : looks_) {
    std::snprintf(line, sizeof line, "%-58s %8zu %12llu %8zu %8zu\n", look.what.c_str(), look.places,
                  static_cast<unsigned long long>(look.bytes), sum(look.erased), sum(look.living));
    text += line;
  }
  return text;
}

std::set<std::string> in_own_files(const CanaryScanner& scanner) {
  std::set<std::string> found;
  visit_memory(::getpid(), [&](const Place& place) {
    if (place.name.starts_with("memory: [") || place.name == "memory: anonymous") return;
    for (const auto& [whose, hits] : scanner.scan(place.content)) found.insert(whose);
  });
  return found;
}

}  // namespace mibun::server
