#include "core/cose/mac0.h"

using namespace mibun;
using namespace mibun::cose;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SecretBytes key = SecretBytes::copy_of(Bytes(32, 0x5a));
  const BytesView input(data, size);
  const auto parsed = Mac0::parse(input, Tagging::tolerated);
  if (!parsed) return 0;
  MIBUN_INVARIANT(cbor::check_well_formed(input, cbor::Form::well_formed).has_value());
  const MacPolicy policy{.place = AlgorithmPlace::any_header};
  MIBUN_INVARIANT(!parsed->verify(key, policy).has_value());
  MIBUN_INVARIANT(!parsed->verify_detached(input, key, policy).has_value());
  // What is MACed here passes here.
  const Bytes made = mac0(input, key, {.external_data = input});
  const auto read = Mac0::parse(made, Tagging::forbidden);
  MIBUN_INVARIANT(read.has_value());
  MIBUN_INVARIANT(read->verify(key, {.external_data = input}).has_value());
  return 0;
}
