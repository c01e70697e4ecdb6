#include "core/jose/jwk.h"

#include <cstdint>

#include "core/base/bytes.h"

// A key that was taken survives writing and reading.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto jwk = jose::Jwk::parse(as_text({data, size}));
  if (!jwk) return 0;
  const auto again = jose::Jwk::parse(jwk->to_json());
  MIBUN_INVARIANT(again && again->key() == jwk->key() && again->kid() == jwk->kid());
  MIBUN_INVARIANT(again->thumbprint() == jwk->thumbprint());
  for (const auto use : {jose::KeyUse::signature, jose::KeyUse::encryption}) {
    // key_ops is not written; what it forbade may come back, but nothing else changes.
    MIBUN_INVARIANT(!jwk->check_use(use) || again->check_use(use));
  }
  return 0;
}
