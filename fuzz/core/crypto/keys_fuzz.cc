// Keys and signatures as DER, points, scalars and seeds: each has one form, so what parses is written the same; a
// private key comes back, and signs for its public one.
#include <algorithm>
#include <cstdint>

#include "core/crypto/certificate_names.h"
#include "core/crypto/public_key.h"
#include "fuzz/core/crypto/chosen.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

template <class Key>
void fuzz_private(const Result<Key>& key, BytesView input) {
  if (!key || !is_chosen(input)) return;
  const SecretBytes written = key->pkcs8();
  const auto again = Key::from_pkcs8(written.reveal());
  MIBUN_INVARIANT(again.has_value() && again->public_key() == key->public_key());
  const Bytes message = to_bytes(std::string_view("message"));
  const auto signature = again->sign_raw(message);
  MIBUN_INVARIANT(signature.has_value() && key->verification_key().verify(message, *signature).has_value());
}

void fuzz_public(BytesView input) {
  const auto key = PublicKey::from_spki(input);
  if (key) MIBUN_INVARIANT(std::ranges::equal(key->spki(), input));
  const auto p256 = P256PublicKey::from_spki(input);
  const auto p384 = P384PublicKey::from_spki(input);
  const auto ed25519 = Ed25519PublicKey::from_spki(input);
  MIBUN_INVARIANT(p256.has_value() + p384.has_value() + ed25519.has_value() == (key ? 1 : 0));
  if (const auto point = P256PublicKey::from_point(input)) {
    MIBUN_INVARIANT(std::ranges::equal(point->point(), input));
    const auto parts = P256PublicKey::from_coordinates(point->x(), point->y());
    MIBUN_INVARIANT(parts.has_value() && *parts == *point);
  }
  if (const auto point = P384PublicKey::from_point(input)) {
    MIBUN_INVARIANT(std::ranges::equal(point->point(), input));
    const auto parts = P384PublicKey::from_coordinates(point->x(), point->y());
    MIBUN_INVARIANT(parts.has_value() && *parts == *point);
  }
  if (const auto point = Ed25519PublicKey::from_bytes(input)) {
    MIBUN_INVARIANT(std::ranges::equal(point->bytes(), input));
  }
}

void fuzz_signatures(BytesView input) {
  if (const auto raw = p256_signature_from_der(input)) {
    MIBUN_INVARIANT(std::ranges::equal(p256_signature_to_der(*raw), input));
  }
  if (const auto raw = p384_signature_from_der(input)) {
    MIBUN_INVARIANT(std::ranges::equal(p384_signature_to_der(*raw), input));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  fuzz_public(input);
  fuzz_private(P256PrivateKey::from_pkcs8(input), input);
  fuzz_private(P384PrivateKey::from_pkcs8(input), input);
  fuzz_private(Ed25519PrivateKey::from_pkcs8(input), input);
  fuzz_private(P256PrivateKey::from_scalar(input), input);
  fuzz_private(P384PrivateKey::from_scalar(input), input);
  fuzz_private(Ed25519PrivateKey::from_seed(input), input);
  fuzz_signatures(input);
  if (const auto hash = X509Hash::parse(as_text(input))) MIBUN_INVARIANT(hash->to_string() == as_text(input));
  return 0;
}
