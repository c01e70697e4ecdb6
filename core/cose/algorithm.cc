#include "core/cose/algorithm.h"

#include "core/base/result.h"

namespace mibun::cose {

using crypto::SignatureAlgorithm;

std::int64_t classic_number(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::es256:
      return algorithm::es256;
    case SignatureAlgorithm::es384:
      return algorithm::es384;
    case SignatureAlgorithm::ed25519:
      return algorithm::eddsa;
  }
  MIBUN_INVARIANT(false);
}

std::int64_t fully_specified_number(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::es256:
      return algorithm::esp256;
    case SignatureAlgorithm::es384:
      return algorithm::esp384;
    case SignatureAlgorithm::ed25519:
      return algorithm::ed25519;
  }
  MIBUN_INVARIANT(false);
}

bool is_number_of(std::int64_t number, SignatureAlgorithm algorithm, AlgorithmNames names) {
  return number == classic_number(algorithm) ||
         (names == AlgorithmNames::either && number == fully_specified_number(algorithm));
}

}  // namespace mibun::cose
