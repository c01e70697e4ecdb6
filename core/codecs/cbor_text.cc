#include "core/codecs/cbor_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor_head.h"

namespace mibun::cbor {
namespace {

using namespace internal;

constexpr std::uint64_t kTagNegativeBignum = 3;

std::unexpected<Error> at(ErrorCode code, const Reader& reader) {
  return fail(code, "byte " + std::to_string(reader.position()));
}

bool next_is_container(const Reader& reader) {
  return reader.next_is(Major::array) || reader.next_is(Major::map);
}

Result<json::Value> simple_to_json(Reader& reader) {
  if (const auto number = reader.read_float()) {
    return std::isfinite(*number) ? json::Value(*number) : json::Value(nullptr);
  }
  MIBUN_TRY(const std::uint8_t value, reader.read_simple());
  if (value == kFalse || value == kTrue) return json::Value(value == kTrue);
  return json::Value(nullptr);
}

// What is no array, map or tag. `tag` stands directly before it, 0 when none does.
Result<json::Value> scalar_to_json(Reader& reader, std::uint64_t tag) {
  MIBUN_TRY(const Major major, reader.peek());
  switch (major) {
    case Major::unsigned_integer: {
      MIBUN_TRY(const std::uint64_t value, reader.read_unsigned());
      return value <= INT64_MAX ? json::Value(static_cast<std::int64_t>(value)) : json::Value(value);
    }
    case Major::negative_integer: {
      const auto value = reader.read_integer();
      if (!value) return at(ErrorCode::json_number_out_of_range, reader);
      return json::Value(*value);
    }
    case Major::byte_string: {
      MIBUN_TRY(const BytesView bytes, reader.read_bytes());
      const std::string text = base64url::encode(bytes);
      return json::Value(tag == kTagNegativeBignum ? "~" + text : text);
    }
    case Major::text_string: {
      MIBUN_TRY(const std::string_view text, reader.read_text());
      return json::Value(text);
    }
    default:
      return simple_to_json(reader);
  }
}

Result<std::string> key_to_text(Reader& reader) {
  if (reader.next_is(Major::text_string)) {
    MIBUN_TRY(const std::string_view text, reader.read_text());
    return std::string(text);
  }
  MIBUN_TRY(const std::int64_t number, reader.read_integer());
  return std::to_string(number);
}

struct OpenJson {
  Items items;
  json::Value value;  // an array or an object
  std::string key;    // of the member being read
};

void append(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number < 0 ? "-Infinity" : "Infinity";
  } else {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
    out += written;
    if (written.find_first_of(".e") == std::string_view::npos) out += ".0";  // so that it is no integer
  }
}

void append_chunk(std::string& out, Major major, BytesView bytes) {
  if (major == Major::byte_string) {
    out += "h'" + hex::encode(bytes) + "'";
  } else {
    out += json::serialize(json::Value(as_text(bytes)));
  }
}

// "(_ h'01', h'02')"; without any chunk ''_ or ""_ .
void append_chunks(std::string& out, Major major, BytesView item) {
  if (item.size() == 2) {
    out += major == Major::byte_string ? "''_" : "\"\"_";
    return;
  }
  out += "(_ ";
  for (std::size_t place = 1; item[place] != kBreak;) {
    if (place > 1) out += ", ";
    Head chunk;
    static_cast<void>(decode_head(item, place, chunk));
    append_chunk(out, major, item.subspan(place + chunk.size, static_cast<std::size_t>(chunk.argument)));
    place += chunk.size + static_cast<std::size_t>(chunk.argument);
  }
  out += ")";
}

void append_negative(std::string& out, std::uint64_t argument) {
  out += argument == UINT64_MAX ? "-18446744073709551616" : "-" + std::to_string(argument + 1);
}

void append_simple(std::string& out, const Head& head) {
  if (head.info >= kHalf) {
    append(out, std::bit_cast<double>(float_bits(head)));
    return;
  }
  switch (head.argument) {
    case kFalse:
      out += "false";
      return;
    case kTrue:
      out += "true";
      return;
    case kNull:
      out += "null";
      return;
    case kUndefined:
      out += "undefined";
      return;
    default:
      out += "simple(" + std::to_string(head.argument) + ")";
  }
}

void append_scalar(std::string& out, BytesView item) {
  Head head;
  static_cast<void>(decode_head(item, 0, head));  // it was looked over
  switch (head.major) {
    case Major::unsigned_integer:
      out += std::to_string(head.argument);
      return;
    case Major::negative_integer:
      append_negative(out, head.argument);
      return;
    case Major::byte_string:
    case Major::text_string:
      if (head.indefinite()) {
        append_chunks(out, head.major, item);
      } else {
        append_chunk(out, head.major, item.subspan(head.size));
      }
      return;
    default:
      append_simple(out, head);
  }
}

struct OpenText {
  Items items;
  char close;
  bool is_tag = false, is_map = false, value_follows = false;
  std::size_t written = 0;
};

// Writes what stands between items, closing what has ended; whether another item follows.
bool go_on(std::string& out, std::vector<OpenText>& open, Reader& reader) {
  while (!open.empty()) {
    OpenText& top = open.back();
    if (std::exchange(top.value_follows, false)) {
      out += ": ";
      return true;
    }
    const bool more = top.is_tag ? top.written == 0 : reader.next(top.items);
    if (more) {
      if (top.written++ > 0) out += ", ";
      top.value_follows = top.is_map;
      return true;
    }
    out += top.close;
    open.pop_back();
  }
  return false;
}

}  // namespace

Result<json::Value> to_json(BytesView item, Form form, Limits limits) {
  MIBUN_CHECK(check_well_formed(item, form, limits));
  ChunkStore chunks;
  Reader reader(item, form, limits, &chunks);
  std::vector<OpenJson> open;
  for (;;) {
    std::uint64_t tag = 0;
    while (reader.next_is(Major::tag)) {
      MIBUN_TRY(tag, reader.read_tag());
    }
    std::optional<json::Value> done;
    if (next_is_container(reader)) {
      const bool is_map = reader.next_is(Major::map);
      MIBUN_TRY(const Items items, is_map ? reader.enter_map() : reader.enter_array());
      open.push_back({items, is_map ? json::Value(json::Object()) : json::Value(json::Array()), {}});
    } else {
      MIBUN_TRY(done, scalar_to_json(reader, tag));
    }
    // Hand the value to the container around it, and each container that this completes to the next one.
    for (bool completed = true; completed;) {
      if (done) {
        if (open.empty()) return std::move(*done);
        OpenJson& top = open.back();
        if (top.value.is_array()) {
          top.value.get_array().push_back(std::move(*done));
        } else if (!top.value.get_object().emplace(top.key, std::move(*done)).second) {
          return at(ErrorCode::json_duplicate_key, reader);
        }
        done.reset();
      }
      OpenJson& top = open.back();
      completed = !reader.next(top.items);
      if (completed) {
        done = std::move(top.value);
        open.pop_back();
      } else if (top.value.is_object()) {
        MIBUN_TRY(top.key, key_to_text(reader));
      }
    }
  }
}

Result<std::string> diagnose(BytesView item, Form form, Limits limits) {
  MIBUN_CHECK(check_well_formed(item, form, limits));
  Reader reader(item, form, limits);
  std::string out;
  std::vector<OpenText> open;
  do {
    if (next_is_container(reader)) {
      const bool is_map = reader.next_is(Major::map);
      const bool indefinite = (item[reader.position()] & 31) == kIndefinite;
      MIBUN_TRY(const Items items, is_map ? reader.enter_map() : reader.enter_array());
      out += is_map ? "{" : "[";
      if (indefinite) out += "_ ";
      open.push_back({.items = items, .close = is_map ? '}' : ']', .is_map = is_map});
    } else if (reader.next_is(Major::tag)) {
      MIBUN_TRY(const std::uint64_t tag, reader.read_tag());
      out += std::to_string(tag) + "(";
      open.push_back({.items = {}, .close = ')', .is_tag = true});
    } else {
      MIBUN_TRY(const BytesView scalar, reader.skip());
      append_scalar(out, scalar);
    }
  } while (go_on(out, open, reader));
  return out;
}

}  // namespace mibun::cbor
