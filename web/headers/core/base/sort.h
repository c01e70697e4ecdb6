#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>
#include <ranges>
#include <vector>

namespace mibun {
namespace internal {

// The places 0..size-1 in order. `before(what, a, b)`: whether a comes before b; of equals the earlier place is first.
inline std::vector<std::uint32_t> sorted_places(std::size_t size, const void* what,
                                                bool (*before)(const void* what, std::uint32_t a, std::uint32_t b)) {
  std::vector<std::uint32_t> places(size);
  std::iota(places.begin(), places.end(), 0U);
  std::sort(places.begin(), places.end(),
            [&](std::uint32_t a, std::uint32_t b) { return before(what, a, b) || (a < b && !before(what, b, a)); });
  return places;
}

}  // namespace internal

// sort(range, less, projection), as of std::ranges. One instance of the library's sort, over places, serves every type.
inline constexpr auto sort =
    []<std::ranges::random_access_range Range, class Less = std::ranges::less, class Projection = std::identity>(
        Range&& range, Less less = {}, Projection projection = {}) {
      const auto at = [first = std::ranges::begin(range)](std::uint32_t place) -> decltype(auto) {
        return first[static_cast<std::ranges::range_difference_t<Range>>(place)];
      };
      const auto comes_before = [&](std::uint32_t a, std::uint32_t b) {
        return static_cast<bool>(std::invoke(less, std::invoke(projection, at(a)), std::invoke(projection, at(b))));
      };
      const auto size = static_cast<std::size_t>(std::ranges::distance(range));
      const std::vector<std::uint32_t> places =
          internal::sorted_places(size, &comes_before, [](const void* what, std::uint32_t a, std::uint32_t b) {
            return (*static_cast<const decltype(comes_before)*>(what))(a, b);
          });
      std::vector<std::ranges::range_value_t<Range>> sorted;
      sorted.reserve(size);
      for (const std::uint32_t place : places) sorted.push_back(std::move(at(place)));
      std::ranges::move(sorted, std::ranges::begin(range));
    };

}  // namespace mibun
