#pragma once

// For files in core/crypto only: the two forms of an ECDSA signature, r || s and DER ECDSA-Sig-Value (RFC 5480, X.690).
// Written out here, because going through the library's big numbers costs more than the rest of a verification's
// overhead. `Half`: bytes of r and of s, at most 61 so that every length has the short form.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::crypto {

template <std::size_t Half>
struct DerSignatureOf {
  static_assert(Half <= 61);
  std::array<std::uint8_t, 2 * Half + 8> bytes{};
  std::size_t size = 0;
  BytesView view() const { return BytesView(bytes).first(size); }
};

inline std::size_t write_der_integer(BytesView big_endian, std::uint8_t* out) {
  while (big_endian.size() > 1 && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  const bool pad = (big_endian[0] & 0x80) != 0;  // else it would read as negative
  *out++ = 0x02;
  *out++ = static_cast<std::uint8_t>(big_endian.size() + (pad ? 1 : 0));
  if (pad) *out++ = 0;
  std::copy(big_endian.begin(), big_endian.end(), out);
  return 2 + (pad ? 1 : 0) + big_endian.size();
}

// Takes one non-negative INTEGER of at most out.size() bytes off the front of `input`. Only the shortest form is DER.
inline bool take_der_integer(BytesView& input, std::span<std::uint8_t> out) {
  if (input.size() < 3 || input[0] != 0x02) return false;
  const std::size_t size = input[1];
  if (size == 0 || size > out.size() + 1 || input.size() < 2 + size) return false;
  BytesView value = input.subspan(2, size);
  input = input.subspan(2 + size);
  if ((value[0] & 0x80) != 0) return false;  // negative
  if (value[0] == 0 && value.size() > 1) {
    if ((value[1] & 0x80) == 0) return false;  // not the shortest
    value = value.subspan(1);
  }
  if (value.size() > out.size()) return false;
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  std::copy(value.begin(), value.end(), out.end() - static_cast<std::ptrdiff_t>(value.size()));
  return true;
}

template <std::size_t Size>
DerSignatureOf<Size / 2> to_der(const std::array<std::uint8_t, Size>& signature) {
  DerSignatureOf<Size / 2> der;
  const BytesView raw(signature);
  std::size_t size = write_der_integer(raw.first(Size / 2), der.bytes.data() + 2);
  size += write_der_integer(raw.last(Size / 2), der.bytes.data() + 2 + size);
  der.bytes[0] = 0x30;
  der.bytes[1] = static_cast<std::uint8_t>(size);
  der.size = size + 2;
  return der;
}

// Errors: signature_malformed.
template <std::size_t Size>
Result<std::array<std::uint8_t, Size>> from_der(BytesView der) {
  std::array<std::uint8_t, Size> signature;
  const std::span<std::uint8_t> out(signature);
  if (der.size() < 2 || der[0] != 0x30 || der[1] >= 0x80 || der.size() != 2u + der[1]) {
    return fail(ErrorCode::signature_malformed, "signature", "not a DER ECDSA-Sig-Value");
  }
  BytesView rest = der.subspan(2);
  if (!take_der_integer(rest, out.first(Size / 2)) || !take_der_integer(rest, out.last(Size / 2)) || !rest.empty()) {
    return fail(ErrorCode::signature_malformed, "signature", "not a DER ECDSA-Sig-Value");
  }
  return signature;
}

// Errors: signature_malformed (another size).
template <std::size_t Size>
Result<std::array<std::uint8_t, Size>> raw_signature_of(BytesView raw) {
  std::array<std::uint8_t, Size> signature;
  if (raw.size() != Size) return fail(ErrorCode::signature_malformed, "signature", "of another size");
  std::copy(raw.begin(), raw.end(), signature.begin());
  return signature;
}

}  // namespace mibun::crypto
