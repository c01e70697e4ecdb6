#include "core/sd_jwt/places.h"

#include <algorithm>

namespace mibun::sd_jwt {
namespace {

struct Found {
  Place place;
  const json::Value* value;
};

void step_into(const Found& from, const PathStep& step, std::vector<Found>& out) {
  const auto add = [&](PathStep taken, const json::Value& value) {
    Found next{from.place, &value};
    next.place.push_back(std::move(taken));
    out.push_back(std::move(next));
  };
  if (const auto* name = std::get_if<std::string>(&step)) {
    const json::Object* object = from.value->if_object();
    const json::Value* member = object == nullptr ? nullptr : object->if_contains(*name);
    if (member != nullptr) add(*name, *member);
    return;
  }
  const json::Array* array = from.value->if_array();
  if (array == nullptr) return;
  if (const auto* index = std::get_if<std::uint64_t>(&step)) {
    if (*index < array->size()) add(*index, (*array)[static_cast<std::size_t>(*index)]);
    return;
  }
  for (std::size_t i = 0; i < array->size(); ++i) add(std::uint64_t{i}, (*array)[i]);
}

}  // namespace

std::vector<Place> find_places(const json::Object& document, const ClaimPath& path) {
  if (path.steps().empty()) return {};
  const auto* first = std::get_if<std::string>(&path.steps().front());
  const json::Value* member = first == nullptr ? nullptr : document.if_contains(*first);
  if (member == nullptr) return {};
  std::vector<Found> found{{Place{*first}, member}};
  for (const PathStep& step : std::span(path.steps()).subspan(1)) {
    std::vector<Found> next;
    for (const Found& from : found) step_into(from, step, next);
    found = std::move(next);
  }
  std::vector<Place> places;
  places.reserve(found.size());
  for (Found& one : found) places.push_back(std::move(one.place));
  return places;
}

bool is_within(const Place& inner, const Place& outer) {
  return inner.size() >= outer.size() && std::equal(outer.begin(), outer.end(), inner.begin());
}

}  // namespace mibun::sd_jwt
