#include "core/dcql/select.h"

#include <algorithm>
#include <utility>

namespace mibun::dcql {
namespace {

enum class Indexes { exact, any };

struct Place {
  std::vector<sd_jwt::PathStep> steps;
  const json::Value* value;
};

Place below(const Place& place, sd_jwt::PathStep step, const json::Value& value) {
  Place next{place.steps, &value};
  next.steps.push_back(std::move(step));
  return next;
}

// false: the place is of the wrong type, which ends the whole selection.
bool step_down(const Place& place, const sd_jwt::PathStep& step, Indexes indexes, std::vector<Place>& next) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    const json::Object* object = place.value->if_object();
    if (object == nullptr) return false;
    if (const json::Value* member = object->if_contains(*name)) next.push_back(below(place, *name, *member));
    return true;
  }
  const json::Array* array = place.value->if_array();
  if (array == nullptr) return false;
  const auto* index = std::get_if<std::uint64_t>(&step);
  if (index == nullptr || indexes == Indexes::any) {
    for (std::size_t i = 0; i < array->size(); ++i) next.push_back(below(place, std::uint64_t{i}, (*array)[i]));
  } else if (*index < array->size()) {
    next.push_back(below(place, *index, (*array)[static_cast<std::size_t>(*index)]));
  }
  return true;
}

std::vector<Place> step_down_all(const std::vector<Place>& places, const sd_jwt::PathStep& step, Indexes indexes) {
  std::vector<Place> next;
  for (const Place& place : places) {
    if (!step_down(place, step, indexes, next)) return {};
  }
  return next;
}

// The root is an object, not a value; the first step is taken here.
std::vector<Selected> walk(const json::Object& claims, const ClaimPath& path, Indexes indexes) {
  const auto* name = std::get_if<std::string>(&path.steps().front());
  const json::Value* member = name != nullptr ? claims.if_contains(*name) : nullptr;
  if (member == nullptr) return {};
  std::vector<Place> places{{{*name}, member}};
  for (std::size_t i = 1; i < path.steps().size(); ++i) places = step_down_all(places, path.steps()[i], indexes);

  std::vector<Selected> selected;
  selected.reserve(places.size());
  for (Place& place : places) selected.push_back({ClaimPath(std::move(place.steps)), place.value});
  return selected;
}

}  // namespace

std::vector<Selected> select(const json::Object& claims, const ClaimPath& path) {
  return walk(claims, path, Indexes::exact);
}

std::vector<Selected> select_from_presented(const json::Object& claims, const ClaimPath& path) {
  return walk(claims, path, Indexes::any);
}

std::vector<Selected> with_wanted_values(std::vector<Selected> selected, const ClaimQuery& claim) {
  if (claim.values.empty()) return selected;
  std::erase_if(selected, [&](const Selected& one) {
    return std::ranges::none_of(claim.values, [&](const json::Value& wanted) { return wanted == *one.value; });
  });
  return selected;
}

}  // namespace mibun::dcql
