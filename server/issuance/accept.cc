#include "server/issuance/accept.h"

#include <algorithm>

#include "core/codecs/http_message.h"

namespace mibun::server {
namespace {

constexpr int kFull = 1000;
constexpr std::size_t kAcceptBytesMax = 1024;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The part before `mark`, which is taken off `rest` with it.
std::string_view take(std::string_view& rest, char mark) {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trim(part);
}

// "0", "1", "0.5", "1.000", at most three digits; -1 otherwise.
int read_weight(std::string_view text) {
  const bool whole = text.size() == 1 || (text.size() >= 2 && text.size() <= 5 && text[1] == '.');
  if (!whole || (text[0] != '0' && text[0] != '1')) return -1;
  int value = text[0] - '0';
  for (std::size_t i = 0; i < 3; ++i) {
    const char digit = i + 2 < text.size() ? text[i + 2] : '0';
    if (digit < '0' || digit > '9') return -1;
    value = value * 10 + (digit - '0');
  }
  return value > kFull ? -1 : value;
}

}  // namespace

int media_weight(std::string_view accept, std::string_view type) {
  if (accept.size() > kAcceptBytesMax) return 0;
  while (!accept.empty()) {
    std::string_view entry = take(accept, ',');
    if (!equal_ignoring_case(take(entry, ';'), type)) continue;
    while (!entry.empty()) {
      const std::string_view parameter = take(entry, ';');
      if (parameter.size() > 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=') {
        return std::max(0, read_weight(parameter.substr(2)));
      }
    }
    return kFull;
  }
  return 0;
}

}  // namespace mibun::server
