// A certificate's or a list's signature, by the browser. It knows no brainpool curves and no compressed points: such
// signatures do not verify here (docs/formats/x509.md).

#include "core/crypto/ecdsa_der.h"
#include "core/crypto/web/host.h"
#include "core/crypto/web/imports.h"

namespace mibun::crypto::web {
namespace {

int bits_of(SignatureDigest digest) {
  switch (digest) {
    case SignatureDigest::other:
      return 0;
    case SignatureDigest::sha256:
      return 256;
    case SignatureDigest::sha384:
      return 384;
    case SignatureDigest::sha512:
      return 512;
  }
  return 0;
}

bool ask(SignatureKind kind, int digest_bits, int parameter, BytesView spki, BytesView message, BytesView signature) {
  return host_verify(static_cast<int>(kind), digest_bits, parameter, spki.data(), spki.size(), message.data(),
                     message.size(), signature.data(), signature.size()) == 1;
}

template <std::size_t Size>
bool ask_ecdsa(int curve_bits, int digest_bits, BytesView spki, BytesView message, BytesView der) {
  const auto raw = from_der<Size>(der);
  return raw && ask(SignatureKind::ecdsa, digest_bits, curve_bits, spki, message, *raw);
}

}  // namespace

bool verify_signature(const SignatureScheme& scheme, BytesView spki, BytesView message, BytesView signature) {
  const int digest_bits = bits_of(scheme.digest);
  switch (scheme.key) {
    case KeyKind::ec:
      if (scheme.curve == EcCurve::p256) return ask_ecdsa<64>(256, digest_bits, spki, message, signature);
      if (scheme.curve == EcCurve::p384) return ask_ecdsa<96>(384, digest_bits, spki, message, signature);
      if (scheme.curve == EcCurve::p521) return ask_ecdsa<132>(521, digest_bits, spki, message, signature);
      return false;
    case KeyKind::ed25519:
      return ask(SignatureKind::ed25519, 0, 0, spki, message, signature);
    case KeyKind::rsa:
      return ask(SignatureKind::rsa_pkcs1, digest_bits, 0, spki, message, signature);
    case KeyKind::rsa_pss:
      return ask(SignatureKind::rsa_pss, digest_bits, static_cast<int>(scheme.salt_bytes), spki, message, signature);
    case KeyKind::other:
      return false;
  }
  return false;
}

}  // namespace mibun::crypto::web
