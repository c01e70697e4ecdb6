#include <cstdint>

#include "core/base/bytes.h"
#include "core/jose/jwk.h"

// A private key is read with its public part or not at all, and is never taken for a public one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const std::string_view text = as_text({data, size});
  const auto signer = jose::parse_private_signing_jwk(text);
  const auto p256 = jose::parse_private_jwk(text);
  if (p256) MIBUN_INVARIANT(signer && (*signer)->verification_key() == crypto::PublicKey(p256->public_key()));
  if (signer) MIBUN_INVARIANT(!jose::Jwk::parse(text));
  return 0;
}
