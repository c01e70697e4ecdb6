// The library is in Debian for this machine's processor only; here its own sources are compiled.
#include <boost/json/src.hpp>
