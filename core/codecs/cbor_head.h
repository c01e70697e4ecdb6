#pragma once

#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "core/codecs/cbor.h"

// For the CBOR files of this folder: heads (RFC 8949, section 3) and floats, without Error objects.
namespace mibun::cbor::internal {

inline constexpr std::uint8_t kFalse = 20, kTrue = 21, kNull = 22, kUndefined = 23, kOneByte = 24, kHalf = 25,
                              kSingle = 26, kDouble = 27, kIndefinite = 31;
inline constexpr std::uint8_t kBreak = 0xff;

// Whether the value of a single would fit a half: the lost bits are zero and the exponent is in reach.
inline bool single_fits_half(std::uint32_t bits) {
  const std::uint32_t exponent = bits >> 23 & 0xff, fraction = bits & 0x7fffff;
  if (exponent == 0xff) return (fraction & 0x1fff) == 0;
  if (exponent == 0) return fraction == 0;
  if (exponent > 142) return false;                      // above 65504
  if (exponent >= 113) return (fraction & 0x1fff) == 0;  // a normal half
  if (exponent < 103) return false;                      // below the least half
  const std::uint32_t lost = 13 + (113 - exponent);      // a subnormal half has fewer bits
  return ((fraction | 0x800000) & ((std::uint32_t{1} << lost) - 1)) == 0;
}

inline bool double_fits_single(std::uint64_t bits) {
  const std::uint64_t exponent = bits >> 52 & 0x7ff, fraction = bits & 0xfffffffffffff;
  if (exponent == 0x7ff) return (fraction & 0x1fffffff) == 0;
  const auto value = std::bit_cast<double>(bits);
  if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) return false;
  return std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<float>(value))) == bits;
}

// Of a single for which single_fits_half() holds and that is no NaN.
inline std::uint16_t narrow_to_half(std::uint32_t bits) {
  const std::uint32_t sign = bits >> 16 & 0x8000, exponent = bits >> 23 & 0xff, fraction = bits & 0x7fffff;
  if (exponent == 0xff) return static_cast<std::uint16_t>(sign | 0x7c00);
  if (exponent < 103) return static_cast<std::uint16_t>(sign);  // zero
  if (exponent < 113) return static_cast<std::uint16_t>(sign | (fraction | 0x800000) >> (126 - exponent));
  return static_cast<std::uint16_t>(sign | (exponent - 112) << 10 | fraction >> 13);
}

// The bits of the double with the same value; a NaN keeps its payload.
inline std::uint64_t widen_single(std::uint32_t bits) {
  if ((bits >> 23 & 0xff) == 0xff) {
    return std::uint64_t{bits >> 31} << 63 | std::uint64_t{0x7ff} << 52 | std::uint64_t{bits & 0x7fffff} << 29;
  }
  return std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(bits)));
}

inline std::uint64_t widen_half(std::uint16_t bits) {
  const std::uint64_t sign = std::uint64_t{static_cast<unsigned>(bits) >> 15} << 63;
  const unsigned exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  if (exponent == 0x1f) return sign | std::uint64_t{0x7ff} << 52 | std::uint64_t{fraction} << 42;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, static_cast<int>(exponent) - 25);
  return sign | std::bit_cast<std::uint64_t>(magnitude);
}

// Whole loads: a loop over the bytes is what a walk would spend most of its time in.
inline std::uint64_t big_endian(const std::uint8_t* bytes, std::size_t size) {
  if (size == 1) return bytes[0];
  if (size == 2) return static_cast<std::uint64_t>(bytes[0]) << 8 | bytes[1];
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[i];
  return value;
}

struct Head {
  Major major = Major::simple;
  std::uint8_t info = 0;
  std::uint8_t size = 1;  // bytes of the head
  bool shortest = true;
  std::uint64_t argument = 0;
  bool indefinite() const { return info == kIndefinite; }
};

// The bits of the double that a float head stands for.
inline std::uint64_t float_bits(const Head& head) {
  if (head.info == kHalf) return widen_half(static_cast<std::uint16_t>(head.argument));
  if (head.info == kSingle) return widen_single(static_cast<std::uint32_t>(head.argument));
  return head.argument;
}

inline bool is_shortest(const Head& head) {
  if (head.major == Major::simple) {
    if (head.info == kSingle) return !single_fits_half(static_cast<std::uint32_t>(head.argument));
    if (head.info == kDouble) return !double_fits_single(head.argument);
    return true;
  }
  switch (head.info) {
    case kOneByte:
      return head.argument >= 24;
    case kHalf:
      return head.argument > 0xff;
    case kSingle:
      return head.argument > 0xffff;
    case kDouble:
      return head.argument > 0xffffffff;
    default:
      return true;
  }
}

// A head that was found good before: no check but the compiler's.
[[gnu::always_inline]] inline Head head_of_checked(BytesView input, std::size_t position) {
  const std::uint8_t first = input[position];
  Head head;
  head.major = static_cast<Major>(first >> 5);
  head.info = first & 31;
  head.argument = head.info;
  if (head.info < kOneByte) return head;
  if (head.info == kIndefinite) {
    head.argument = 0;
    return head;
  }
  const std::size_t extra = std::size_t{1} << (head.info - kOneByte);
  head.size = static_cast<std::uint8_t>(1 + extra);
  head.argument = big_endian(input.data() + position + 1, extra);
  return head;
}

// Reads the head at `position` into `head`; a fault, or nullopt. A break is cbor_malformed: whoever may meet one looks
// first. What a definite head announces is there, so that nobody allocates or loops on the word of a length alone.
[[gnu::always_inline]] inline std::optional<ErrorCode> decode_head(BytesView input, std::size_t position, Head& head) {
  if (position >= input.size()) return ErrorCode::cbor_truncated;
  const std::uint8_t first = input[position];
  head.major = static_cast<Major>(first >> 5);
  head.info = first & 31;
  head.size = 1;
  head.shortest = true;
  head.argument = head.info;
  const std::uint64_t behind = input.size() - position - 1;
  if (head.info >= kOneByte) {
    if (head.info <= kDouble) {
      const std::size_t extra = std::size_t{1} << (head.info - kOneByte);
      if (behind < extra) return ErrorCode::cbor_truncated;
      head.argument = big_endian(input.data() + position + 1, extra);
      head.size = static_cast<std::uint8_t>(1 + extra);
      // Two-byte simple values below 32 are reserved: section 3.3.
      if (first == 0xf8 && head.argument < 32) return ErrorCode::cbor_malformed;
      head.shortest = is_shortest(head);
    } else {
      const bool may_be_indefinite = head.major >= Major::byte_string && head.major <= Major::map;
      if (head.info != kIndefinite || !may_be_indefinite) return ErrorCode::cbor_malformed;
      head.argument = 0;
      head.shortest = false;
      return std::nullopt;
    }
  }
  const std::uint64_t left = behind + 1 - head.size;
  const bool counts_items_or_bytes =
      head.major == Major::byte_string || head.major == Major::text_string || head.major == Major::array;
  if ((counts_items_or_bytes && head.argument > left) || (head.major == Major::map && head.argument > left / 2)) {
    return ErrorCode::cbor_truncated;
  }
  return std::nullopt;
}

// What `form` says about a head that was decoded.
inline std::optional<ErrorCode> fault_of_form(const Head& head, Form form) {
  if (head.shortest || form == Form::well_formed) return std::nullopt;
  return head.indefinite() ? ErrorCode::cbor_indefinite_length : ErrorCode::cbor_not_shortest;
}

}  // namespace mibun::cbor::internal
