#include "core/codecs/cbor.h"
#include "core/codecs/cbor_head.h"
#include "core/codecs/cbor_walk.h"
#include "core/codecs/utf8.h"

namespace mibun::cbor {

using namespace internal;

namespace {

std::unexpected<Error> at(ErrorCode code, std::size_t position) {
  return fail(code, "byte " + std::to_string(position));
}

constexpr std::uint64_t kTagEmbedded = 24;

}  // namespace

struct Reader::Head : internal::Head {};

Reader::Reader(BytesView input, Form form, Limits limits, ChunkStore* chunks)
    : input_(input), limits_(limits), form_(form), chunks_(chunks) {
  MIBUN_INVARIANT(limits.depth_max <= kDepthMax);
}

Result<Major> Reader::peek() const {
  if (at_end()) return at(ErrorCode::cbor_truncated, position_);
  return static_cast<Major>(input_[position_] >> 5);
}

Result<Reader::Head> Reader::read_head() {
  const std::size_t begin = position_;
  if (!is_checked()) {
    if (input_.size() > limits_.bytes_max) return at(ErrorCode::cbor_too_large, begin);
    if (++items_ > limits_.items_max) return at(ErrorCode::cbor_too_many_items, begin);
  }
  Head head;
  if (const auto fault = decode_head(input_, begin, head)) return at(*fault, begin);
  if (const auto fault = fault_of_form(head, form_)) return at(*fault, begin);
  position_ = begin + head.size;
  return head;
}

Result<Reader::Head> Reader::expect(Major major) {
  if (at_end()) return at(ErrorCode::cbor_truncated, position_);
  if (!next_is(major)) return at(ErrorCode::cbor_wrong_type, position_);
  return read_head();
}

// The head at the reader's place, when it is one of `major` in a part that was looked over already; else nothing moves.
inline bool Reader::take_checked(Major major, Head& head) {
  if (!is_checked() || !next_is(major)) return false;
  static_cast<internal::Head&>(head) = head_of_checked(input_, position_);
  position_ += head.size;
  return true;
}

Result<std::uint64_t> Reader::read_unsigned() {
  if (Head head; take_checked(Major::unsigned_integer, head)) return head.argument;
  MIBUN_TRY(const Head head, expect(Major::unsigned_integer));
  return head.argument;
}

Result<std::int64_t> Reader::read_integer() {
  const std::size_t begin = position_;
  const bool negative = next_is(Major::negative_integer);
  const Major major = negative ? Major::negative_integer : Major::unsigned_integer;
  Head head;
  if (!take_checked(major, head)) {
    MIBUN_TRY(head, expect(major));
  }
  if (head.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return at(ErrorCode::cbor_malformed, begin);
  }
  const auto value = static_cast<std::int64_t>(head.argument);
  return negative ? -1 - value : value;
}

inline Result<BytesView> Reader::read_string(Major major) {
  const std::size_t begin = position_;
  Head head;
  if (!take_checked(major, head)) {
    MIBUN_TRY(head, expect(major));
  }
  if (!head.indefinite()) {
    const BytesView bytes = input_.subspan(position_, static_cast<std::size_t>(head.argument));
    position_ += bytes.size();
    return bytes;
  }
  position_ = begin;
  if (chunks_ == nullptr) return at(ErrorCode::cbor_indefinite_length, begin);
  MIBUN_TRY(const BytesView item, skip());
  Bytes& joined = chunks_->add();
  for (std::size_t place = 1; item[place] != kBreak;) {
    const internal::Head chunk = head_of_checked(item, place);
    const BytesView bytes = item.subspan(place + chunk.size, static_cast<std::size_t>(chunk.argument));
    joined.insert(joined.end(), bytes.begin(), bytes.end());
    place += chunk.size + bytes.size();
  }
  return BytesView(joined);
}

Result<BytesView> Reader::read_bytes() {
  return read_string(Major::byte_string);
}

Result<std::string_view> Reader::read_text() {
  const std::size_t begin = position_;
  const bool checked = is_checked();
  MIBUN_TRY(const BytesView bytes, read_string(Major::text_string));
  if (!checked && !utf8::is_valid(as_text(bytes))) {
    position_ = begin;
    return at(ErrorCode::utf8_malformed, begin);
  }
  return as_text(bytes);
}

Result<std::uint8_t> Reader::read_simple() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Head head, expect(Major::simple));
  if (head.info > kOneByte) {
    position_ = begin;
    return at(ErrorCode::cbor_wrong_type, begin);
  }
  return static_cast<std::uint8_t>(head.argument);
}

Result<bool> Reader::read_bool() {
  const std::size_t begin = position_;
  MIBUN_TRY(const std::uint8_t value, read_simple());
  if (value == kFalse || value == kTrue) return value == kTrue;
  position_ = begin;
  return at(ErrorCode::cbor_wrong_type, begin);
}

Status Reader::read_null() {
  const std::size_t begin = position_;
  MIBUN_TRY(const std::uint8_t value, read_simple());
  if (value == kNull) return {};
  position_ = begin;
  return at(ErrorCode::cbor_wrong_type, begin);
}

Status Reader::read_undefined() {
  const std::size_t begin = position_;
  MIBUN_TRY(const std::uint8_t value, read_simple());
  if (value == kUndefined) return {};
  position_ = begin;
  return at(ErrorCode::cbor_wrong_type, begin);
}

Result<double> Reader::read_float() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Head head, expect(Major::simple));
  if (head.info < kHalf) {
    position_ = begin;
    return at(ErrorCode::cbor_wrong_type, begin);
  }
  return std::bit_cast<double>(float_bits(head));
}

Status Reader::look_over() {
  if (is_checked()) return {};
  Limits below = limits_;
  below.depth_max -= tags_before();
  const Walked walked = walk(input_, position_, form_, below, items_);
  if (walked.fault) return at(*walked.fault, walked.position);
  items_ = walked.items;
  checked_until_ = walked.position;
  return {};
}

Result<Items> Reader::enter(Major major) {
  if (at_end()) return at(ErrorCode::cbor_truncated, position_);
  if (!next_is(major)) return at(ErrorCode::cbor_wrong_type, position_);
  MIBUN_CHECK(look_over());
  Head head;
  MIBUN_INVARIANT(take_checked(major, head));
  Items items;
  items.left_ = head.argument;
  items.indefinite_ = head.indefinite();
  return items;
}

Result<Items> Reader::enter_array() {
  return enter(Major::array);
}

Result<Items> Reader::enter_map() {
  return enter(Major::map);
}

bool Reader::next(Items& items) {
  if (!items.indefinite_) {
    if (items.left_ == 0) return false;
    --items.left_;
    return true;
  }
  if (at_end() || input_[position_] != kBreak) return true;  // at the end, the read that follows says so
  ++position_;
  items = {};
  return false;
}

Result<std::uint64_t> Reader::read_array() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Items items, enter_array());
  if (!items.indefinite_) return items.left_;
  position_ = begin;
  return at(ErrorCode::cbor_indefinite_length, begin);
}

Result<std::uint64_t> Reader::read_map() {
  const std::size_t begin = position_;
  MIBUN_TRY(const Items items, enter_map());
  if (!items.indefinite_) return items.left_;
  position_ = begin;
  return at(ErrorCode::cbor_indefinite_length, begin);
}

Result<std::uint64_t> Reader::read_tag() {
  if (Head head; take_checked(Major::tag, head)) return head.argument;
  const std::size_t begin = position_, tags = tags_before() + 1;
  if (next_is(Major::tag) && tags > limits_.depth_max) return at(ErrorCode::cbor_too_deep, begin);
  MIBUN_TRY(const Head head, expect(Major::tag));
  tags_ = tags;
  behind_tags_ = position_;
  return head.argument;
}

Result<std::string_view> Reader::read_tagged_text(std::uint64_t tag) {
  const std::size_t begin = position_;
  MIBUN_TRY(const std::uint64_t found, read_tag());
  if (found != tag) {
    position_ = begin;
    return at(ErrorCode::cbor_wrong_type, begin);
  }
  return read_text();
}

Result<Embedded> Reader::read_embedded() {
  const std::size_t begin = position_;
  MIBUN_TRY(const std::uint64_t tag, read_tag());
  if (tag != kTagEmbedded) {
    position_ = begin;
    return at(ErrorCode::cbor_wrong_type, begin);
  }
  MIBUN_TRY(const BytesView content, read_bytes());
  return Embedded{since(begin), content};
}

Result<BytesView> Reader::skip() {
  const std::size_t begin = position_;
  if (is_checked()) {
    if (input_[begin] == kBreak) return at(ErrorCode::cbor_malformed, begin);  // the end of a container, not an item
    position_ = end_of_checked(input_, begin);
  } else {
    MIBUN_CHECK(look_over());
    position_ = checked_until_;
  }
  return since(begin);
}

Result<Reader> Reader::split() {
  MIBUN_TRY(const BytesView item, skip());
  Reader inner(item, form_, limits_, chunks_);
  inner.checked_until_ = item.size();
  return inner;
}

Status Reader::finish() const {
  if (!at_end()) return at(ErrorCode::cbor_trailing_bytes, position_);
  return {};
}

Status check_well_formed(BytesView input, Form form, Limits limits) {
  const Walked walked = walk(input, 0, form, limits, 0);
  if (walked.fault) return at(*walked.fault, walked.position);
  if (walked.position != input.size()) return at(ErrorCode::cbor_trailing_bytes, walked.position);
  return {};
}

}  // namespace mibun::cbor
