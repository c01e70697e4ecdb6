// The two forms of an ECDSA signature on P-256: r || s, and DER ECDSA-Sig-Value (RFC 5480, X.690). Written out here,
// because going through the library's big numbers costs more than the rest of a verification's overhead.

#include <algorithm>

#include "core/crypto/p256.h"
#include "core/crypto/p256_internal.h"

namespace mibun::crypto {
namespace {

constexpr std::size_t kHalf = 32;

std::size_t write_integer(BytesView big_endian, std::uint8_t* out) {
  while (big_endian.size() > 1 && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  const bool pad = (big_endian[0] & 0x80) != 0;  // else it would read as negative
  *out++ = 0x02;
  *out++ = static_cast<std::uint8_t>(big_endian.size() + (pad ? 1 : 0));
  if (pad) *out++ = 0;
  std::copy(big_endian.begin(), big_endian.end(), out);
  return 2 + (pad ? 1 : 0) + big_endian.size();
}

// Takes one non-negative INTEGER of at most 256 bits off the front of `input`. Only the shortest form is DER.
bool take_integer(BytesView& input, std::span<std::uint8_t> out) {
  if (input.size() < 3 || input[0] != 0x02) return false;
  const std::size_t size = input[1];
  if (size == 0 || size > kHalf + 1 || input.size() < 2 + size) return false;
  BytesView value = input.subspan(2, size);
  input = input.subspan(2 + size);
  if ((value[0] & 0x80) != 0) return false;  // negative
  if (value[0] == 0 && value.size() > 1) {
    if ((value[1] & 0x80) == 0) return false;  // not the shortest
    value = value.subspan(1);
  }
  if (value.size() > kHalf) return false;
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  std::copy(value.begin(), value.end(), out.end() - static_cast<std::ptrdiff_t>(value.size()));
  return true;
}

}  // namespace

DerSignature to_der(const P256Signature& signature) {
  DerSignature der;
  const BytesView raw(signature);
  std::size_t size = write_integer(raw.first(kHalf), der.bytes.data() + 2);
  size += write_integer(raw.last(kHalf), der.bytes.data() + 2 + size);
  der.bytes[0] = 0x30;
  der.bytes[1] = static_cast<std::uint8_t>(size);  // at most 70: short form
  der.size = size + 2;
  return der;
}

Result<P256Signature> parse_p256_signature(BytesView raw64) {
  P256Signature signature;
  if (raw64.size() != signature.size()) return fail(ErrorCode::signature_malformed, "signature", "not 64 bytes");
  std::copy(raw64.begin(), raw64.end(), signature.begin());
  return signature;
}

Bytes p256_signature_to_der(const P256Signature& signature) {
  return to_bytes(to_der(signature).view());
}

Result<P256Signature> p256_signature_from_der(BytesView der) {
  P256Signature signature;
  const std::span<std::uint8_t> out(signature);
  if (der.size() < 2 || der[0] != 0x30 || der[1] >= 0x80 || der.size() != 2u + der[1]) {
    return fail(ErrorCode::signature_malformed, "signature", "not a DER ECDSA-Sig-Value");
  }
  BytesView rest = der.subspan(2);
  if (!take_integer(rest, out.first(kHalf)) || !take_integer(rest, out.last(kHalf)) || !rest.empty()) {
    return fail(ErrorCode::signature_malformed, "signature", "not a DER ECDSA-Sig-Value");
  }
  return signature;
}

}  // namespace mibun::crypto
