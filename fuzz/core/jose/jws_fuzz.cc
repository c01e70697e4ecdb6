#include "core/jose/jws.h"

#include <cstdint>

#include "core/base/bytes.h"

// What parses must say the same when it is parsed again, and reading its parts must not break anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto jws = jose::Jws::parse(as_text({data, size}));
  if (!jws) return 0;
  MIBUN_INVARIANT(jws->compact() == as_text({data, size}));
  const auto again = jose::Jws::parse(jws->compact());
  MIBUN_INVARIANT(again && again->unverified_header() == jws->unverified_header());
  (void)jws->x5c();
  if (const auto payload = jws->unverified_payload()) {
    (void)jose::check_times(*payload, {.exp_required = false, .iat_required = false}, Instant());
  }
  return 0;
}
