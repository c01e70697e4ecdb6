#include "core/sd_jwt/disclosure.h"

#include <cstdint>

#include "core/base/bytes.h"

// What parses keeps its text and its digest, and parses again to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto disclosure = sd_jwt::Disclosure::parse(as_text({data, size}));
  if (!disclosure) return 0;
  MIBUN_INVARIANT(disclosure->encoded() == as_text({data, size}));
  const auto again = sd_jwt::Disclosure::parse(disclosure->encoded());
  MIBUN_INVARIANT(again && again->name() == disclosure->name() && again->value() == disclosure->value());
  MIBUN_INVARIANT(again->digest() == disclosure->digest());
  return 0;
}
