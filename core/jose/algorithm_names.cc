#include "core/jose/algorithm_names.h"

namespace mibun::jose {

std::optional<crypto::SignatureAlgorithm> signature_algorithm_named(std::string_view alg) {
  using enum crypto::SignatureAlgorithm;
  if (alg == "ES256") return es256;
  if (alg == "ES384") return es384;
  if (alg == "EdDSA" || alg == "Ed25519") return ed25519;
  return std::nullopt;
}

std::string_view name_of(crypto::SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case crypto::SignatureAlgorithm::es256:
      return "ES256";
    case crypto::SignatureAlgorithm::es384:
      return "ES384";
    case crypto::SignatureAlgorithm::ed25519:
      return "EdDSA";
  }
  MIBUN_INVARIANT(false);
  return {};
}

}  // namespace mibun::jose
