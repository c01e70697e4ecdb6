#include <algorithm>
#include <bit>
#include <limits>

#include "core/codecs/cbor.h"
#include "core/codecs/utf8.h"

namespace mibun::cbor {
namespace {

constexpr std::uint8_t kFalse = 20, kTrue = 21, kNull = 22, kOneByte = 24, kHalf = 25, kSingle = 26, kDouble = 27,
                       kIndefinite = 31;

std::unexpected<Error> at(ErrorCode code, std::size_t position) {
  return fail(code, "byte " + std::to_string(position));
}

// Whether the value of a single would fit a half: the lost bits are zero and the exponent is in reach.
bool single_fits_half(std::uint32_t bits) {
  const std::uint32_t exponent = bits >> 23 & 0xff, fraction = bits & 0x7fffff;
  if (exponent == 0xff) return (fraction & 0x1fff) == 0;
  if (exponent == 0) return fraction == 0;
  if (exponent > 142) return false;                      // above 65504
  if (exponent >= 113) return (fraction & 0x1fff) == 0;  // a normal half
  if (exponent < 103) return false;                      // below the least half
  const std::uint32_t lost = 13 + (113 - exponent);      // a subnormal half has fewer bits
  return ((fraction | 0x800000) & ((std::uint32_t{1} << lost) - 1)) == 0;
}

bool double_fits_single(std::uint64_t bits) {
  const std::uint64_t exponent = bits >> 52 & 0x7ff, fraction = bits & 0xfffffffffffff;
  if (exponent == 0x7ff) return (fraction & 0x1fffffff) == 0;
  const auto value = std::bit_cast<double>(bits);
  if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) return false;
  return std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<float>(value))) == bits;
}

// RFC 8949, section 3.3 (two-byte simple values) and 4.2.1 (shortest floats).
std::optional<ErrorCode> fault_of_simple(std::uint8_t info, std::uint64_t argument) {
  if (info == kOneByte && argument < 32) return ErrorCode::cbor_malformed;
  if (info == kSingle && single_fits_half(static_cast<std::uint32_t>(argument))) return ErrorCode::cbor_not_shortest;
  if (info == kDouble && double_fits_single(argument)) return ErrorCode::cbor_not_shortest;
  return std::nullopt;
}

bool is_shortest(std::uint8_t info, std::uint64_t argument) {
  switch (info) {
    case kOneByte:
      return argument >= 24;
    case kHalf:
      return argument > 0xff;
    case kSingle:
      return argument > 0xffff;
    case kDouble:
      return argument > 0xffffffff;
    default:
      return true;
  }
}

// One container that skip() is inside of.
struct Frame {
  std::uint64_t items_left;
  bool is_map;
  std::size_t key_begin = 0;
  std::vector<BytesView> keys = {};
};

bool has_duplicate(std::vector<BytesView>& keys) {
  const auto less = [](BytesView a, BytesView b) { return std::ranges::lexicographical_compare(a, b); };
  std::ranges::sort(keys, less);
  return std::ranges::adjacent_find(keys, [](BytesView a, BytesView b) { return std::ranges::equal(a, b); }) !=
         keys.end();
}

}  // namespace

Result<Major> Reader::peek() const {
  if (at_end()) return at(ErrorCode::cbor_truncated, position_);
  return static_cast<Major>(input_[position_] >> 5);
}

Result<Reader::Head> Reader::read_head() {
  const std::size_t begin = position_;
  if (begin >= input_.size()) return at(ErrorCode::cbor_truncated, begin);
  if (begin >= checked_until_ && ++items_ > limits_.items_max) return at(ErrorCode::cbor_too_many_items, begin);
  Head head{static_cast<Major>(input_[begin] >> 5), static_cast<std::uint8_t>(input_[begin] & 31), 0};
  std::size_t size = 1;
  if (head.info < kOneByte) {
    head.argument = head.info;
  } else if (head.info <= kDouble) {
    const std::size_t extra = std::size_t{1} << (head.info - kOneByte);
    if (input_.size() - begin - 1 < extra) return at(ErrorCode::cbor_truncated, begin);
    for (std::size_t i = 1; i <= extra; ++i) head.argument = head.argument << 8 | input_[begin + i];
    size += extra;
  } else {
    const bool may_be_indefinite = head.major >= Major::byte_string && head.major <= Major::map;
    const bool indefinite = head.info == kIndefinite && may_be_indefinite;
    return at(indefinite ? ErrorCode::cbor_indefinite_length : ErrorCode::cbor_malformed, begin);
  }
  if (head.major == Major::simple) {
    if (const auto fault = fault_of_simple(head.info, head.argument)) return at(*fault, begin);
  } else if (!is_shortest(head.info, head.argument)) {
    return at(ErrorCode::cbor_not_shortest, begin);
  }
  // What is announced must be there: nobody allocates or loops on the word of a length alone.
  const std::uint64_t left = input_.size() - begin - size;
  const bool counts_bytes =
      head.major == Major::byte_string || head.major == Major::text_string || head.major == Major::array;
  if ((counts_bytes && head.argument > left) || (head.major == Major::map && head.argument > left / 2)) {
    return at(ErrorCode::cbor_truncated, begin);
  }
  position_ = begin + size;
  return head;
}

Result<Reader::Head> Reader::expect(Major major) {
  MIBUN_TRY(const Major found, peek());
  if (found != major) return at(ErrorCode::cbor_wrong_type, position_);
  return read_head();
}

Result<std::uint64_t> Reader::read_unsigned() {
  MIBUN_TRY(const Head head, expect(Major::unsigned_integer));
  return head.argument;
}

Result<std::int64_t> Reader::read_integer() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Major major, peek());
  if (major != Major::unsigned_integer && major != Major::negative_integer) {
    return at(ErrorCode::cbor_wrong_type, begin);
  }
  MIBUN_TRY(const Head head, read_head());
  if (head.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return at(ErrorCode::cbor_malformed, begin);
  }
  const auto value = static_cast<std::int64_t>(head.argument);
  return major == Major::unsigned_integer ? value : -1 - value;
}

Result<BytesView> Reader::read_bytes() {
  MIBUN_TRY(const Head head, expect(Major::byte_string));
  const BytesView bytes = input_.subspan(position_, head.argument);
  position_ += bytes.size();
  return bytes;
}

Result<std::string_view> Reader::read_text() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Head head, expect(Major::text_string));
  const std::string_view text = as_text(input_.subspan(position_, head.argument));
  if (!utf8::is_valid(text)) return at(ErrorCode::utf8_malformed, begin);
  position_ += text.size();
  return text;
}

Result<bool> Reader::read_bool() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Head head, expect(Major::simple));
  if (head.info != kFalse && head.info != kTrue) return at(ErrorCode::cbor_wrong_type, begin);
  return head.info == kTrue;
}

Status Reader::read_null() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Head head, expect(Major::simple));
  if (head.info != kNull) return at(ErrorCode::cbor_wrong_type, begin);
  return {};
}

Result<std::uint64_t> Reader::read_array() {
  MIBUN_TRY(const Head head, expect(Major::array));
  return head.argument;
}

Result<std::uint64_t> Reader::read_map() {
  MIBUN_TRY(const Major major, peek());
  if (major != Major::map) return at(ErrorCode::cbor_wrong_type, position_);
  if (position_ >= checked_until_) {
    // One look ahead over the whole map finds duplicate keys at any depth; maps inside are not looked at again.
    const std::size_t begin = position_;
    MIBUN_CHECK(skip());
    checked_until_ = position_;
    position_ = begin;
  }
  MIBUN_TRY(const Head head, read_head());
  return head.argument;
}

Result<std::uint64_t> Reader::read_tag() {
  MIBUN_TRY(const Head head, expect(Major::tag));
  return head.argument;
}

Result<BytesView> Reader::skip() {
  const std::size_t begin = position_;
  std::vector<Frame> open;
  do {
    const std::size_t item = position_;
    if (!open.empty() && open.back().is_map && open.back().items_left % 2 == 0) open.back().key_begin = item;
    MIBUN_TRY(const Head head, read_head());
    bool is_container = false;
    switch (head.major) {
      case Major::byte_string:
        position_ += head.argument;
        break;
      case Major::text_string:
        if (!utf8::is_valid(as_text(input_.subspan(position_, head.argument)))) {
          return at(ErrorCode::utf8_malformed, item);
        }
        position_ += head.argument;
        break;
      case Major::array:
      case Major::map:
      case Major::tag:
        is_container = true;
        break;
      default:
        break;
    }
    if (is_container) {
      if (open.size() == limits_.depth_max) return at(ErrorCode::cbor_too_deep, item);
      const bool is_map = head.major == Major::map;
      const std::uint64_t items = head.major == Major::tag ? 1 : is_map ? head.argument * 2 : head.argument;
      open.push_back({items, is_map});
    }
    // Close whatever this item completed; a container with nothing left is itself an item of the one around it.
    bool completed = !is_container || open.back().items_left == 0;
    while (completed && !open.empty()) {
      Frame& frame = open.back();
      if (frame.items_left > 0) {
        if (frame.is_map && frame.items_left % 2 == 0) {
          frame.keys.push_back(input_.subspan(frame.key_begin, position_ - frame.key_begin));
        }
        --frame.items_left;
      }
      completed = frame.items_left == 0;
      if (completed) {
        if (has_duplicate(frame.keys)) return at(ErrorCode::cbor_duplicate_key, item);
        open.pop_back();
      }
    }
  } while (!open.empty());
  return input_.subspan(begin, position_ - begin);
}

Status Reader::finish() const {
  if (!at_end()) return at(ErrorCode::cbor_trailing_bytes, position_);
  return {};
}

Status check_well_formed(BytesView input, Limits limits) {
  Reader reader(input, limits);
  MIBUN_CHECK(reader.skip());
  return reader.finish();
}

}  // namespace mibun::cbor
