#include "core/jose/jwe.h"

#include <cstdint>

#include "core/base/bytes.h"

// Nobody has sealed anything for this key: what parses must not open. The wider policy reads all that the narrower
// does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  static const auto recipient = crypto::P256PrivateKey::generate();
  const std::string_view text = as_text({data, size});
  const auto jwe = jose::Jwe::parse(text, jose::kEcdhEsWithKeyWrapping);
  if (jwe) MIBUN_INVARIANT(!jwe->decrypt(recipient).has_value());
  MIBUN_INVARIANT(jwe || !jose::Jwe::parse(text, jose::kEcdhEsDirect));
  return 0;
}
