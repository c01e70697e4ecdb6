// The library is in Debian for this machine's processor only; here its own sources are compiled.
// The small tables for writing a number with a fraction: the large ones are 10 kB that no compression makes less.
#define BOOST_JSON_RYU_OPTIMIZE_SIZE
#include <boost/json/src.hpp>
