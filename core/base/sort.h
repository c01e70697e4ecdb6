#pragma once

#include <algorithm>

namespace mibun {

// sort(range, less, projection), as of std::ranges; in which order equals come is left open. The browser's build has
// another one under this name (web/headers): there each type that std::ranges::sort is used with costs 3.5 kB.
using std::ranges::sort;

}  // namespace mibun
