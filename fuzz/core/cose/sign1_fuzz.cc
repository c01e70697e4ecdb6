#include "core/cose/sign1.h"

using namespace mibun;
using namespace mibun::cose;

// What parses is read alike from a copy, and no signature over it is good for a key that signed nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::PublicKey key = crypto::P256PrivateKey::generate().public_key();
  const BytesView input(data, size);
  const auto tolerated = Sign1::parse(input, Tagging::tolerated);
  const bool tagged = Sign1::parse(input, Tagging::required).has_value();
  const bool untagged = Sign1::parse(input, Tagging::forbidden).has_value();
  MIBUN_INVARIANT(tolerated.has_value() == (tagged || untagged));
  MIBUN_INVARIANT(!tagged || !untagged);
  if (!tolerated) return 0;
  MIBUN_INVARIANT(cbor::check_well_formed(input, cbor::Form::well_formed).has_value());
  const Headers& headers = tolerated->unverified_headers();
  MIBUN_INVARIANT(headers.x5chain.size() <= kX5chainMax);
  const SignaturePolicy policy{.names = AlgorithmNames::either, .place = AlgorithmPlace::any_header};
  MIBUN_INVARIANT(!tolerated->verify(key, policy).has_value());
  MIBUN_INVARIANT(!tolerated->verify_detached(input, key, policy).has_value());
  return 0;
}
