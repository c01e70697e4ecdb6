#include "core/dcql/select.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace mibun::dcql {
namespace {

using Steps = std::span<const sd_jwt::PathStep>;
using Indexes = std::span<const std::uint64_t>;

// Takes a path through claims, the steps at most kPathStepsMax deep. Sink: add(value, indexes) gets each element found
// and the array indexes on its way; size() and truncate() take back what a way that failed had found.
template <class Sink>
class Walk {
 public:
  Walk(Reading reading, Sink& sink) : reading_(reading), sink_(sink) {}

  // The root is an object, not a value; the first step is taken here.
  void start(const json::Object& claims, const ClaimPath& path) {
    const Steps steps = path.steps();
    if (steps.empty() || steps.size() > sd_jwt::kPathStepsMax) return;
    const auto* name = std::get_if<std::string>(&steps.front());
    const json::Value* member = name != nullptr ? claims.if_contains(*name) : nullptr;
    if (member != nullptr && !go(*member, steps.subspan(1))) sink_.truncate(0);
  }

 private:
  // false: an element is of the wrong type, which ends the whole selection.
  bool go(const json::Value& value, Steps steps) {
    if (steps.empty()) {
      sink_.add(value, Indexes(indexes_.data(), depth_));
      return true;
    }
    if (const auto* name = std::get_if<std::string>(&steps.front())) {
      const json::Object* object = value.if_object();
      if (object == nullptr) return false;
      const json::Value* member = object->if_contains(*name);
      return member == nullptr || go(*member, steps.subspan(1));
    }
    const json::Array* array = value.if_array();
    if (array == nullptr) return false;
    const auto* index = std::get_if<std::uint64_t>(&steps.front());
    if (index == nullptr) return go_all(*array, steps);
    if (reading_ == Reading::presentation) {
      go_any(*array, *index, steps);
      return true;
    }
    return *index >= array->size() || go_into(*array, static_cast<std::size_t>(*index), steps);
  }

  bool go_into(const json::Array& array, std::size_t index, Steps steps) {
    indexes_[depth_++] = index;
    const bool fine = go(array[index], steps.subspan(1));
    --depth_;
    return fine;
  }

  bool go_all(const json::Array& array, Steps steps) {
    for (std::size_t i = 0; i < array.size(); ++i) {
      if (!go_into(array, i, steps)) return false;
    }
    return true;
  }

  // Which of them was meant is not known, so one of another type only is not the one.
  void go_any(const json::Array& array, std::uint64_t index, Steps steps) {
    for (std::size_t i = 0; i < array.size() && i <= index; ++i) {
      const std::size_t found = sink_.size();
      if (!go_into(array, i, steps)) sink_.truncate(found);
    }
  }

  Reading reading_;
  Sink& sink_;
  std::array<std::uint64_t, sd_jwt::kPathStepsMax> indexes_{};
  std::size_t depth_ = 0;
};

// The path of an element found: null and indexes are replaced by where it stands.
ClaimPath path_of(const ClaimPath& path, Indexes indexes) {
  std::vector<sd_jwt::PathStep> steps = path.steps();
  std::size_t next = 0;
  for (sd_jwt::PathStep& step : steps) {
    if (!std::holds_alternative<std::string>(step)) step = indexes[next++];
  }
  return ClaimPath(std::move(steps));
}

struct PathSink {
  const ClaimPath& path;
  std::vector<Selected> selected;
  void add(const json::Value& value, Indexes indexes) { selected.push_back({path_of(path, indexes), &value}); }
  std::size_t size() const { return selected.size(); }
  void truncate(std::size_t size) {
    selected.erase(selected.begin() + static_cast<std::ptrdiff_t>(size), selected.end());
  }
};

bool is_wanted(const json::Value& value, const ClaimQuery& claim) {
  if (claim.values.empty()) return true;
  return std::ranges::any_of(claim.values, [&](const json::Value& wanted) { return wanted == value; });
}

struct ValueSink {
  const ClaimQuery& claim;
  std::vector<const json::Value*>& values;
  std::size_t start;  // what stands before is not ours
  void add(const json::Value& value, Indexes /*indexes*/) {
    if (is_wanted(value, claim)) values.push_back(&value);
  }
  std::size_t size() const { return values.size() - start; }
  void truncate(std::size_t size) { values.resize(start + size); }
};

std::vector<Selected> walk(const json::Object& claims, const ClaimPath& path, Reading reading) {
  PathSink sink{path, {}};
  Walk<PathSink>(reading, sink).start(claims, path);
  return std::move(sink.selected);
}

}  // namespace

std::vector<Selected> select(const json::Object& claims, const ClaimPath& path) {
  return walk(claims, path, Reading::credential);
}

std::vector<Selected> select_from_presented(const json::Object& claims, const ClaimPath& path) {
  return walk(claims, path, Reading::presentation);
}

std::vector<Selected> with_wanted_values(std::vector<Selected> selected, const ClaimQuery& claim) {
  std::erase_if(selected, [&](const Selected& one) { return !is_wanted(*one.value, claim); });
  return selected;
}

std::size_t append_wanted(const json::Object& claims, const ClaimQuery& claim, Reading reading,
                          std::vector<const json::Value*>& values) {
  ValueSink sink{claim, values, values.size()};
  Walk<ValueSink>(reading, sink).start(claims, claim.path);
  return sink.size();
}

}  // namespace mibun::dcql
