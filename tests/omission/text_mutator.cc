#include "tests/omission/text_mutator.h"

#include <algorithm>
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

void mutate_form(Trial& trial, const std::string& place, const std::string& form, const VerifyText& verify) {
  std::size_t begin = 0;
  while (begin < form.size()) {
    const std::size_t end = std::min(form.find('&', begin), form.size());
    const std::string name = form.substr(begin, form.find('=', begin) - begin);
    const auto with = [&](const std::string& parameter) {
      std::string changed = form.substr(0, begin) + parameter;
      if (parameter.empty() && end < form.size()) return verify(changed + form.substr(end + 1));
      if (parameter.empty()) changed.resize(changed.empty() ? 0 : changed.size() - 1);
      return verify(changed + form.substr(end));
    };
    const std::string parameter = form.substr(begin, end - begin);
    const std::string inside = place + "/" + name;
    trial.tried(inside, "remove", with(""));
    trial.tried(inside, "empty", with(name + "="));
    trial.tried(inside, "duplicate", with(parameter + "&" + parameter));
    trial.tried(inside, "string", with(name + "=x"));
    trial.tried(inside, "append", with(parameter + "x"));
    begin = end + 1;
  }
}

}  // namespace mibun::omission
