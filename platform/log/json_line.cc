#include "platform/log/json_line.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace mibun::log {
namespace {

constexpr std::size_t kValueBytesMax = 1024;
constexpr char32_t kReplacement = 0xfffd;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

// Takes one code point off the front; one byte and U+FFFD when it is not well-formed (Unicode 15, table 3-7).
char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xc2 ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  char32_t point = size <= 1 ? first : first & (0x7fU >> size);
  bool well_formed = size != 0 && size <= text.size();
  for (std::size_t at = 1; well_formed && at < size; ++at) {
    well_formed = (byte(at) & 0xc0) == 0x80;
    point = point << 6 | (byte(at) & 0x3fU);
  }
  const bool too_long = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  if (!well_formed || too_long || surrogate || point > 0x10ffff) {
    text.remove_prefix(1);
    return kReplacement;
  }
  text.remove_prefix(size);
  return point;
}

void append_unit(std::string& out, std::uint32_t unit) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", unit);
  out += text.data();
}

void append_point(std::string& out, char32_t point) {
  if (point == '"' || point == '\\') {
    out += '\\';
    out += static_cast<char>(point);
  } else if (point >= 0x20 && point < 0x7f) {
    out += static_cast<char>(point);
  } else if (point < 0x10000) {
    append_unit(out, point);
  } else {
    append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
    append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
  }
}

void append_string(std::string& out, std::string_view text) {
  const bool cut = text.size() > kValueBytesMax;
  text = text.substr(0, kValueBytesMax);
  out += '"';
  while (!text.empty()) append_point(out, take_code_point(text));
  if (cut) out += "...";
  out += '"';
}

void append_value(std::string& out, const FieldValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_string(out, *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
}

bool is_taken(std::string_view name) {
  return name == "time" || name == "level" || name == "event" || name == "clock_status";
}

}  // namespace

std::string json_line(Instant time, Level level, std::string_view event, std::initializer_list<Field> fields,
                      std::string_view clock_status) {
  std::string line = R"({"time":")";
  line += to_jst_string_ms(time);
  if (!clock_status.empty()) {
    line += R"(","clock_status":)";
    append_string(line, clock_status);
    line.pop_back();  // the quotation mark that closes it stands before the next member
  }
  line += R"(","level":")";
  line += name_of(level);
  line += R"(","event":)";
  append_string(line, event);
  for (const Field& field : fields) {
    line += ',';
    append_string(line, is_taken(field.name) ? std::string(field.name) + "_" : std::string(field.name));
    line += ':';
    append_value(line, field.value);
  }
  line += '}';
  return line;
}

}  // namespace mibun::log
