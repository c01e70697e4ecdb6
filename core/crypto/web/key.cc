#include "core/crypto/web/key.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "core/crypto/der.h"
#include "core/crypto/web/algorithm.h"
#include "core/crypto/web/curve.h"
#include "core/crypto/web/pss.h"

namespace mibun::crypto::web {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
constexpr const char* kWhere = "subjectPublicKeyInfo";

constexpr std::string_view kEc = "\x2a\x86\x48\xce\x3d\x02\x01", kRsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
                           kRsaPss = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", kEd25519 = "\x2b\x65\x70",
                           kEd448 = "\x2b\x65\x71", kX25519 = "\x2b\x65\x6e", kX448 = "\x2b\x65\x6f",
                           kDsa = "\x2a\x86\x48\xce\x38\x04\x01";

std::unexpected<Error> malformed() {
  return fail(kMalformed, kWhere);
}

struct Spki {
  Algorithm algorithm;
  BytesView key;  // octets of the BIT STRING
};

Result<Spki> read_spki(BytesView spki) {
  MIBUN_TRY(const BytesView sequence, der::Reader(spki, kMalformed, "der").value(der::kSequence));
  der::Reader fields(sequence, kMalformed, "der");
  MIBUN_TRY(const BytesView algorithm, fields.whole());
  MIBUN_TRY(const BytesView bits, fields.value(der::kBitString));
  MIBUN_CHECK(fields.end());
  MIBUN_TRY(const Algorithm read, read_algorithm(algorithm, "der"));
  return Spki{read, bits.subspan(1)};
}

Result<SignerKey> ec_key(const Spki& spki) {
  MIBUN_TRY(const BytesView oid, der::Reader(spki.algorithm.parameters, kMalformed, kWhere).value(der::kObjectId));
  const EcCurve curve = curve_of(oid);
  if (curve == EcCurve::other || !is_on_curve(curve, spki.key)) return malformed();
  return SignerKey{.kind = KeyKind::ec, .curve = curve};
}

// RSAPublicKey: RFC 8017, A.1.1. Both numbers are positive or zero.
Result<SignerKey> rsa_key(const Spki& spki, KeyKind kind) {
  MIBUN_CHECK(der::check(spki.key, kMalformed, kWhere));
  MIBUN_TRY(const BytesView sequence, der::Reader(spki.key, kMalformed, kWhere).value(der::kSequence));
  der::Reader numbers(sequence, kMalformed, kWhere);
  MIBUN_TRY(BytesView modulus, numbers.value(der::kInteger));
  MIBUN_TRY(const BytesView exponent, numbers.value(der::kInteger));
  MIBUN_CHECK(numbers.end());
  if (modulus[0] >= 0x80 || exponent[0] >= 0x80) return malformed();
  if (modulus[0] == 0) modulus = modulus.subspan(1);
  const int bits = modulus.empty() ? 0 : static_cast<int>(modulus.size() * 8) - std::countl_zero(modulus[0]);
  return SignerKey{.kind = kind, .bits = bits};
}

Result<SignerKey> key_of_size(const Spki& spki, KeyKind kind, std::size_t size) {
  if (!spki.algorithm.parameters.empty() || spki.key.size() != size) return malformed();
  return SignerKey{.kind = kind};
}

// Dss-Parms (RFC 3279, section 2.3.2) have to be there: nothing is inherited from an issuer.
Result<SignerKey> dsa_key(const Spki& spki) {
  MIBUN_TRY(const BytesView sequence, der::Reader(spki.algorithm.parameters, kMalformed, kWhere).value(der::kSequence));
  der::Reader numbers(sequence, kMalformed, kWhere);
  for (int i = 0; i < 3; ++i) MIBUN_CHECK(numbers.value(der::kInteger));
  MIBUN_CHECK(numbers.end());
  MIBUN_CHECK(der::check(spki.key, kMalformed, kWhere));
  MIBUN_CHECK(der::Reader(spki.key, kMalformed, kWhere).value(der::kInteger));
  return SignerKey{};
}

}  // namespace

Result<SignerKey> read_key(BytesView der) {
  MIBUN_TRY(const Spki spki, read_spki(der));
  const std::string_view oid = as_text(spki.algorithm.oid);
  if (oid == kEc) return ec_key(spki);
  if (oid == kRsa) return rsa_key(spki, KeyKind::rsa);
  if (oid == kRsaPss) {
    if (!spki.algorithm.parameters.empty() && !read_pss_parameters(spki.algorithm.parameters)) return malformed();
    return rsa_key(spki, KeyKind::rsa_pss);
  }
  if (oid == kEd25519) return key_of_size(spki, KeyKind::ed25519, 32);
  if (oid == kX25519) return key_of_size(spki, KeyKind::other, 32);
  if (oid == kX448) return key_of_size(spki, KeyKind::other, 56);
  if (oid == kEd448) return key_of_size(spki, KeyKind::other, 57);
  if (oid == kDsa) return dsa_key(spki);
  return malformed();
}

BytesView key_parameters(BytesView spki) {
  return read_spki(spki)->algorithm.parameters;
}

}  // namespace mibun::crypto::web
