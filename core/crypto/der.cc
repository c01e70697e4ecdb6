#include "core/crypto/der.h"

#include <array>
#include <chrono>

#include "core/codecs/utf8.h"

namespace mibun::crypto::der {
namespace {

struct Head {
  std::uint8_t tag;
  std::size_t size;    // of tag and length
  std::size_t length;  // of the value
};

// False when the head is not DER or the value does not fit into `input`.
bool read_head(BytesView input, Head& head) {
  if (input.size() < 2 || (input[0] & 0x1f) == 0x1f || input[0] == 0) return false;
  head.tag = input[0];
  std::size_t length = input[1];
  head.size = 2;
  if (length >= 0x80) {
    const std::size_t count = length & 0x7f;
    if (count == 0 || count > 4 || input.size() < 2 + count || input[2] == 0) return false;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | input[2 + i];
    if (length < 0x80) return false;
    head.size = 2 + count;
  }
  head.length = length;
  return length <= input.size() - head.size;
}

bool is_shortest_integer(BytesView value) {
  if (value.empty()) return false;
  if (value.size() == 1) return true;
  const bool repeats_sign = (value[0] == 0x00 && value[1] < 0x80) || (value[0] == 0xff && value[1] >= 0x80);
  return !repeats_sign;
}

bool is_object_id(BytesView value) {
  if (value.empty() || value.back() >= 0x80) return false;
  bool at_start = true;
  for (const std::uint8_t byte : value) {
    if (at_start && byte == 0x80) return false;
    at_start = byte < 0x80;
  }
  return true;
}

bool is_bit_string(BytesView value) {
  if (value.empty() || value[0] > 7) return false;
  if (value.size() == 1) return value[0] == 0;
  return (value.back() & ((1U << value[0]) - 1)) == 0;
}

// Universal types are constructed exactly when they are sequences or sets; elsewhere both forms occur.
bool is_form_right(std::uint8_t tag) {
  const bool universal = (tag & 0xc0) == 0;
  const bool constructed = (tag & kConstructed) != 0;
  const std::uint8_t type = tag & 0x1f;
  return !universal || constructed == (type == (kSequence & 0x1f) || type == (kSet & 0x1f));
}

// `count` decimal digits, -1 when there are others.
int digits(BytesView text, std::size_t at, std::size_t count) {
  int out = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

}  // namespace

bool is_primitive_value(std::uint8_t tag, BytesView value) {
  switch (tag) {
    case kBoolean:
      return value.size() == 1 && (value[0] == 0x00 || value[0] == 0xff);
    case kInteger:
    case kEnumerated:
      return is_shortest_integer(value);
    case kBitString:
      return is_bit_string(value);
    case kNull:
      return value.empty();
    case kObjectId:
      return is_object_id(value);
    case kUtf8String:
      return utf8::is_valid(as_text(value));
    default:
      return true;
  }
}

Status check(BytesView object, ErrorCode what, const char* where) {
  const auto refuse = [&] { return fail(what, where, "not DER"); };
  std::array<std::size_t, kDepthMax> ends{};  // of the constructed objects that are open
  std::size_t depth = 0, at = 0, limit = object.size();
  do {
    Head head{};
    if (!read_head(object.subspan(at, limit - at), head) || !is_form_right(head.tag)) return refuse();
    const std::size_t begin = at + head.size;
    if ((head.tag & kConstructed) != 0) {
      if (depth == kDepthMax) return refuse();
      ends[depth++] = limit;
      limit = begin + head.length;
      at = begin;
    } else {
      if (!is_primitive_value(head.tag, object.subspan(begin, head.length))) return refuse();
      at = begin + head.length;
    }
    while (depth > 0 && at == limit) limit = ends[--depth];
  } while (depth > 0);
  return at == object.size() ? Status{} : Status(refuse());
}

bool is_any(const tlv::Node& node) {
  if (node.tag == kBmpString) return node.value.size() % 2 == 0;
  if (node.tag == kUniversalString) return node.value.size() % 4 == 0;
  return true;
}

Result<tlv::Node> Reader::any() {
  const auto node = tlv::read(rest_);
  if (!node) return fail(what_, where_);
  rest_ = rest_.subspan(node->total);
  return *node;
}

Result<BytesView> Reader::value(std::uint8_t tag) {
  MIBUN_TRY(const tlv::Node node, any());
  if (node.tag != tag) return fail(what_, where_);
  return node.value;
}

Result<BytesView> Reader::whole() {
  const BytesView before = rest_;
  MIBUN_CHECK(any());
  return before.first(before.size() - rest_.size());
}

Result<BytesView> Reader::whole(std::uint8_t tag) {
  if (!next_is(tag)) return fail(what_, where_);
  return whole();
}

Status Reader::end() const {
  return rest_.empty() ? Status{} : Status(fail(what_, where_));
}

Result<Instant> instant(const tlv::Node& node, ErrorCode what, const char* where) {
  const bool utc = node.tag == kUtcTime && node.value.size() == 13;
  const bool generalized = node.tag == kGeneralizedTime && node.value.size() == 15;
  if (!(utc || generalized) || node.value.back() != 'Z') return fail(what, where, "time");
  const std::size_t year_size = utc ? 2 : 4;
  int year = digits(node.value, 0, year_size);
  if (utc && year >= 0) year += year < 50 ? 2000 : 1900;
  int part[5];  // month, day, hour, minute, second
  bool good = year >= 0;
  for (std::size_t i = 0; i < 5; ++i) {
    part[i] = digits(node.value, year_size + 2 * i, 2);
    good = good && part[i] >= 0;
  }
  using namespace std::chrono;
  const year_month_day day{std::chrono::year(year), month(static_cast<unsigned>(part[0])),
                           std::chrono::day(static_cast<unsigned>(part[1]))};
  if (!good || !day.ok() || part[2] > 23 || part[3] > 59 || part[4] > 59) return fail(what, where, "time");
  const auto at = sys_days(day) + hours(part[2]) + minutes(part[3]) + std::chrono::seconds(part[4]);
  return Instant::from_unix_seconds(duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
}

Result<Extension> next_extension(Reader& reader, ErrorCode what, const char* where) {
  MIBUN_TRY(const BytesView sequence, reader.value(kSequence));
  Reader parts(sequence, what, where);
  Extension out;
  MIBUN_TRY(out.oid, parts.value(kObjectId));
  if (parts.next_is(kBoolean)) {
    MIBUN_TRY(const BytesView critical, parts.value(kBoolean));
    if (critical[0] == 0) return fail(what, where, "a default is written out");
    out.critical = true;
  }
  MIBUN_TRY(out.value, parts.value(kOctetString));
  MIBUN_CHECK(parts.end());
  const bool standard = out.oid.size() == 3 && out.oid[0] == 0x55 && out.oid[1] == 0x1d;
  if (standard) MIBUN_CHECK(check(out.value, what, where));
  return out;
}

}  // namespace mibun::crypto::der
