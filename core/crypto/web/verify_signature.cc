// A certificate's or a list's signature, by the browser. It knows no brainpool curves and no compressed points: such
// signatures do not verify here (docs/formats/x509.md).

#include "core/crypto/der.h"
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

// r || s of an ECDSA-Sig-Value (RFC 3279, section 2.2.3) in DER, `half` bytes each; empty when it is none.
Bytes raw_signature(BytesView der_value, std::size_t half) {
  constexpr ErrorCode kMalformed = ErrorCode::signature_malformed;
  if (!der::check(der_value, kMalformed, "signature")) return {};
  der::Reader outer(der_value, kMalformed, "signature");
  const auto pair = outer.value(der::kSequence);
  if (!pair) return {};
  der::Reader numbers(*pair, kMalformed, "signature");
  Bytes out;
  for (int i = 0; i < 2; ++i) {
    const auto number = numbers.value(der::kInteger);
    if (!number || number->front() >= 0x80) return {};
    const BytesView digits = number->front() == 0 ? number->subspan(1) : *number;
    if (digits.size() > half) return {};
    out.insert(out.end(), half - digits.size(), 0);
    out.insert(out.end(), digits.begin(), digits.end());
  }
  return numbers.empty() ? out : Bytes();
}

bool ask_ecdsa(int curve_bits, int digest_bits, BytesView spki, BytesView message, BytesView der_value) {
  const Bytes raw = raw_signature(der_value, (static_cast<std::size_t>(curve_bits) + 7) / 8);
  return !raw.empty() && ask(SignatureKind::ecdsa, digest_bits, curve_bits, spki, message, raw);
}

}  // namespace

bool verify_signature(const SignatureScheme& scheme, BytesView spki, BytesView message, BytesView signature) {
  const int digest_bits = bits_of(scheme.digest);
  switch (scheme.key) {
    case KeyKind::ec:
      if (scheme.curve == EcCurve::p256) return ask_ecdsa(256, digest_bits, spki, message, signature);
      if (scheme.curve == EcCurve::p384) return ask_ecdsa(384, digest_bits, spki, message, signature);
      if (scheme.curve == EcCurve::p521) return ask_ecdsa(521, digest_bits, spki, message, signature);
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
