#include "core/jose/jwk.h"

#include <cstdint>

#include "core/base/bytes.h"

// A key that was taken survives writing and reading; a private key is read without harm or not at all.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const std::string_view text = as_text({data, size});
  if (const auto jwk = jose::Jwk::parse(text)) {
    const auto again = jose::Jwk::parse(jwk->to_json());
    MIBUN_INVARIANT(again && again->key() == jwk->key() && again->kid() == jwk->kid());
    MIBUN_INVARIANT(again->thumbprint() == jwk->thumbprint());
  }
  (void)jose::parse_private_jwk(text);
  return 0;
}
