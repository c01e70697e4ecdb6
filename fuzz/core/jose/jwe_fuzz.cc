#include "core/jose/jwe.h"

#include <cstdint>

#include "core/base/bytes.h"

// Nobody has sealed anything for this key: what parses must not open.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  static const auto recipient = crypto::P256PrivateKey::generate();
  const auto jwe = jose::Jwe::parse(as_text({data, size}));
  if (jwe) MIBUN_INVARIANT(!jwe->decrypt(recipient).has_value());
  return 0;
}
