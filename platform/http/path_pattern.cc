#include "platform/http/path_pattern.h"

#include <charconv>

#include "core/base/result.h"
#include "platform/http/characters.h"

namespace mibun::http {
namespace {

std::optional<std::string> decode_parameter(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !all_in(kHexDigit, text.substr(i + 1, 2))) return std::nullopt;
      unsigned code = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16);
      c = static_cast<char>(code);
      i += 2;
    }
    if (!is_in(kHostCharacter, c)) return std::nullopt;  // letters, digits, "-", ".", "_"
    value.push_back(c);
  }
  if (value.empty() || value == "." || value == "..") return std::nullopt;
  return value;
}

// Takes the part before the next "/" off `rest`; `last` when there is none.
std::string_view next_segment(std::string_view& rest, bool& last) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  last = slash == std::string_view::npos;
  rest.remove_prefix(last ? rest.size() : slash + 1);
  return segment;
}

// All that is left, with its slashes.
std::optional<std::string> decode_parameters(std::string_view rest) {
  std::string values;
  for (bool last = false; !last;) {
    const auto value = decode_parameter(next_segment(rest, last));
    if (!value) return std::nullopt;
    values += (values.empty() ? "" : "/") + *value;
  }
  return values;
}

}  // namespace

PathPattern::PathPattern(std::string_view pattern) {
  MIBUN_INVARIANT(pattern.starts_with('/'));
  std::string_view rest = pattern.substr(1);
  for (bool last = false; !last;) {
    const std::string_view segment = next_segment(rest, last);
    const bool parameter = segment.starts_with('{');
    MIBUN_INVARIANT(!parameter || (segment.ends_with('}') && segment.size() > 2));
    const std::string_view text = parameter ? segment.substr(1, segment.size() - 2) : segment;
    const bool many = parameter && text.starts_with('+');
    MIBUN_INVARIANT(!many || (last && text.size() > 1));
    segments_.push_back({std::string(text), parameter, many});
    has_parameters_ = has_parameters_ || parameter;
  }
}

std::optional<PathParameters> PathPattern::match(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  PathParameters parameters;
  std::string_view rest = path.substr(1);
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].many) {
      auto values = decode_parameters(rest);
      if (!values) return std::nullopt;
      parameters.emplace(segments_[i].text, std::move(*values));
      return parameters;
    }
    bool last = false;
    const std::string_view text = next_segment(rest, last);
    if (last != (i + 1 == segments_.size())) return std::nullopt;
    if (!segments_[i].parameter) {
      if (text != segments_[i].text) return std::nullopt;
      continue;
    }
    std::optional<std::string> value = decode_parameter(text);
    if (!value) return std::nullopt;
    parameters.emplace(segments_[i].text, std::move(*value));
  }
  return parameters;
}

}  // namespace mibun::http
