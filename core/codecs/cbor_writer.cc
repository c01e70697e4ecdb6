#include <algorithm>

#include "core/codecs/cbor.h"
#include "core/codecs/cbor_head.h"

namespace mibun::cbor {

void Writer::head(Major major, std::uint64_t argument) {
  const auto first = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5);
  if (argument < 24) {
    out_.push_back(static_cast<std::uint8_t>(first | argument));
    return;
  }
  const unsigned log2 = argument > 0xffffffff ? 3 : argument > 0xffff ? 2 : argument > 0xff ? 1 : 0;
  out_.push_back(static_cast<std::uint8_t>(first | (24 + log2)));
  big_endian(argument, 1U << log2);
}

void Writer::big_endian(std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xff));
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  head(Major::unsigned_integer, value);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  if (value >= 0) return unsigned_integer(static_cast<std::uint64_t>(value));
  head(Major::negative_integer, static_cast<std::uint64_t>(-1 - value));
  return *this;
}

Writer& Writer::bytes(BytesView value) {
  head(Major::byte_string, value.size());
  return raw(value);
}

Writer& Writer::text(std::string_view value) {
  head(Major::text_string, value.size());
  return raw(as_bytes(value));
}

Writer& Writer::boolean(bool value) {
  head(Major::simple, value ? 21 : 20);
  return *this;
}

Writer& Writer::null() {
  head(Major::simple, 22);
  return *this;
}

Writer& Writer::undefined() {
  head(Major::simple, internal::kUndefined);
  return *this;
}

Writer& Writer::floating(double value) {
  constexpr std::uint8_t kSimple = 7 << 5;
  const auto begin = [&](std::uint8_t info) { out_.push_back(kSimple | info); };
  const auto bits = std::bit_cast<std::uint64_t>(value);
  if (std::isnan(value)) {
    begin(internal::kHalf);
    big_endian(0x7e00, 2);
  } else if (!internal::double_fits_single(bits)) {
    begin(internal::kDouble);
    big_endian(bits, 8);
  } else if (const auto single = std::bit_cast<std::uint32_t>(static_cast<float>(value));
             !internal::single_fits_half(single)) {
    begin(internal::kSingle);
    big_endian(single, 4);
  } else {
    begin(internal::kHalf);
    big_endian(internal::narrow_to_half(single), 2);
  }
  return *this;
}

Writer& Writer::array(std::uint64_t count) {
  head(Major::array, count);
  return *this;
}

Writer& Writer::map(std::uint64_t count) {
  head(Major::map, count);
  return *this;
}

Writer& Writer::tag(std::uint64_t number) {
  head(Major::tag, number);
  return *this;
}

Writer& Writer::embedded(BytesView encoded_item) {
  return tag(24).bytes(encoded_item);
}

Writer& Writer::raw(BytesView encoded_item) {
  out_.insert(out_.end(), encoded_item.begin(), encoded_item.end());
  return *this;
}

Writer& Writer::sorted_map(std::vector<std::pair<Bytes, Bytes>> pairs) {
  std::ranges::sort(pairs, {}, &std::pair<Bytes, Bytes>::first);
  const auto same_key = std::ranges::adjacent_find(pairs, {}, &std::pair<Bytes, Bytes>::first);
  MIBUN_INVARIANT(same_key == pairs.end());
  map(pairs.size());
  for (const auto& [key, value] : pairs) raw(key).raw(value);
  return *this;
}

}  // namespace mibun::cbor
