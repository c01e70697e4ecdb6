#include "core/cose/key.h"

using namespace mibun;
using namespace mibun::cose;

// A key that is read is written in one form, and read again from it as the same key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const auto key = CoseKey::parse(input);
  const auto strict = CoseKey::parse(input, cbor::Form::deterministic);
  MIBUN_INVARIANT(key.has_value() || !strict.has_value());
  if (!key) return 0;
  const Bytes written = key->to_cbor();
  const auto again = CoseKey::parse(written, cbor::Form::sorted);
  MIBUN_INVARIANT(again.has_value());
  MIBUN_INVARIANT(again->key() == key->key());
  MIBUN_INVARIANT(again->to_cbor() == written);
  MIBUN_INVARIANT(CoseKey::parse(key->to_cbor_with_algorithm(), cbor::Form::sorted).has_value());
  return 0;
}
