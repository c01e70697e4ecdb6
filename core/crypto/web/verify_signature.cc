// A certificate's or a list's signature, by the browser. It knows no brainpool curves and no compressed points: such
// signatures do not verify here (docs/formats/x509.md).

#include <iterator>

#include "core/codecs/tlv.h"
#include "core/crypto/der.h"
#include "core/crypto/web/host.h"
#include "core/crypto/web/imports.h"

namespace mibun::crypto::web {
namespace {

constexpr std::uint64_t kSaltBytesMax = 2048;  // more than any key has room for

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

// The browser knows RSA keys by rsaEncryption alone: a key for PSS is written again as one (RFC 4055, section 1.2).
Bytes rsa_spki(BytesView spki) {
  constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
  constexpr std::uint8_t kRsaEncryption[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                             0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  der::Reader outer(spki, kMalformed, "spki");
  const auto fields = outer.value(der::kSequence);
  if (!fields) return {};
  der::Reader reader(*fields, kMalformed, "spki");
  if (!reader.whole(der::kSequence)) return {};
  const auto key = reader.whole(der::kBitString);
  if (!key) return {};
  Bytes out(std::begin(kRsaEncryption), std::end(kRsaEncryption));
  out.insert(out.end(), key->begin(), key->end());
  return tlv::write(der::kSequence, out);
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
      return ask(SignatureKind::rsa_pkcs1, digest_bits, 0, rsa_spki(spki), message, signature);
    case KeyKind::rsa_pss:
      if (scheme.salt_bytes > kSaltBytesMax) return false;
      return ask(SignatureKind::rsa_pss, digest_bits, static_cast<int>(scheme.salt_bytes), rsa_spki(spki), message,
                 signature);
    case KeyKind::other:
      return false;
  }
  return false;
}

}  // namespace mibun::crypto::web
