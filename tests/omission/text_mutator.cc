#include "tests/omission/text_mutator.h"

#include <vector>

namespace mibun::omission {
namespace {

std::string join(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

void flip_bytes(Trial& trial, const std::string& place, const std::string& text, const VerifyText& verify) {
  std::string flipped = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    flipped[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ (1U << (i % 8)));
    trial.tried(place + "/" + std::to_string(i), "flip", verify(flipped));
    flipped[i] = text[i];
  }
}

void truncate(Trial& trial, const std::string& place, const std::string& text, const VerifyText& verify) {
  for (std::size_t size = 0; size < text.size(); ++size) {
    trial.tried(place + "/" + std::to_string(size), "truncate", verify(text.substr(0, size)));
  }
}

void mutate_segments(Trial& trial, const std::string& place, const std::string& text, char separator,
                     const VerifyText& verify) {
  const std::vector<std::string> parts = split(text, separator);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string inside = place + "/" + std::to_string(i);
    const auto tried = [&](std::string_view mutation, const std::function<void(std::vector<std::string>&)>& change) {
      std::vector<std::string> changed = parts;
      change(changed);
      const std::string mutant = join(changed, separator);
      if (mutant != text) trial.tried(inside, mutation, verify(mutant));
    };
    const auto at = static_cast<std::ptrdiff_t>(i);
    tried("remove", [&](auto& p) { p.erase(p.begin() + at); });
    tried("empty", [&](auto& p) { p[i].clear(); });
    tried("duplicate", [&](auto& p) { p.insert(p.begin() + at, parts[i]); });
    if (i + 1 < parts.size()) tried("reorder", [&](auto& p) { std::swap(p[i], p[i + 1]); });
  }
  trial.tried(place, "append", verify(text + separator));
  trial.tried(place, "append", verify(text + separator + parts[0]));
}

}  // namespace mibun::omission
