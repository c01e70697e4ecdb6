#include "cli/demo/search.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "core/codecs/base64url.h"
#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30U;

Bytes utf16(const std::string& text, bool little_endian) {
  Bytes out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (little_endian) {
      out.push_back(byte);
      out.push_back(0);
    } else {
      out.push_back(0);
      out.push_back(byte);
    }
  }
  return out;
}

// What of base64(prefix || value || ...) depends on the value alone, when `offset` bytes stand before it.
std::string base64_core(const std::string& value, std::size_t offset, bool url) {
  const std::string shifted = std::string(offset, '\0') + value;
  std::string text = url ? base64url::encode(shifted) : base64::encode(as_bytes(shifted));
  while (!text.empty() && text.back() == '=') text.pop_back();
  const std::size_t skip = offset == 0 ? 0 : offset + 1;  // characters that share bits with what stands before
  if (shifted.size() % 3 != 0) text.pop_back();           // the last one shares bits with what follows
  return text.substr(skip);
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return text;
}

bool contains(BytesView haystack, const Bytes& needle) {
  const std::boyer_moore_horspool_searcher searcher(needle.begin(), needle.end());
  return std::search(haystack.begin(), haystack.end(), searcher) != haystack.end();
}

}  // namespace

std::vector<ValueSearch::Pattern> ValueSearch::patterns_of(const std::string& value) {
  std::vector<Pattern> patterns{{"plain", to_bytes(value)},
                                {"hex", to_bytes(hex::encode(as_bytes(value)))},
                                {"HEX", to_bytes(upper(hex::encode(as_bytes(value))))},
                                {"utf-16le", utf16(value, true)},
                                {"utf-16be", utf16(value, false)}};
  for (std::size_t offset = 0; offset < 3; ++offset) {
    patterns.push_back({"base64+" + std::to_string(offset), to_bytes(base64_core(value, offset, false))});
    patterns.push_back({"base64url+" + std::to_string(offset), to_bytes(base64_core(value, offset, true))});
  }
  return patterns;
}

ValueSearch::ValueSearch(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    for (Pattern& pattern : patterns_of(value)) patterns_.push_back(std::move(pattern));
  }
}

std::size_t ValueSearch::encodings() const {
  return patterns_of("value").size();
}

Result<ValueSearch::Report> ValueSearch::folder(const std::string& directory) const {
  Report report;
  report.patterns = patterns_.size();
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, error)) {
    if (!entry.is_regular_file()) continue;
    auto content = files::read_file(entry.path().string(), kFileBytesMax);
    if (!content && content.error().code == ErrorCode::not_found) continue;  // a WAL that was just folded in
    if (!content) return pass_error(content);
    ++report.files;
    report.bytes += content->size();
    for (const Pattern& pattern : patterns_) {
      if (contains(*content, pattern.bytes)) {
        report.hits.push_back(entry.path().filename().string() + ": " + pattern.encoding);
      }
    }
  }
  if (error) return fail(ErrorCode::io_error, directory, "the folder could not be read");
  return report;
}

std::size_t ValueSearch::control(const std::string& value) const {
  std::size_t found = 0;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const std::string around = std::string(offset, 'x') + value + "yz";
    for (const Bytes& planted : {to_bytes(base64::encode(as_bytes(around))), to_bytes(base64url::encode(around))}) {
      found += std::ranges::any_of(patterns_, [&](const Pattern& p) { return contains(planted, p.bytes); }) ? 1U : 0U;
    }
  }
  const std::string lower = hex::encode(as_bytes("x" + value + "y"));
  for (const Bytes& planted : {to_bytes("x" + value + "y"), to_bytes(lower), to_bytes(upper(lower)),
                               utf16("x" + value + "y", true), utf16("x" + value + "y", false)}) {
    found += std::ranges::any_of(patterns_, [&](const Pattern& p) { return contains(planted, p.bytes); }) ? 1U : 0U;
  }
  return found;
}

}  // namespace mibun::cli
