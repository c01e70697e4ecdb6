#include "tests/server/world/times.h"

#include <regex>

namespace mibun::server {
namespace {

// 2001 to 2096, in seconds.
bool could_be_seconds(std::int64_t number) {
  return number >= 1'000'000'000 && number < 4'000'000'000;
}

bool is_wrong(const std::string& text) {
  static const std::regex begins_like_one(R"(^\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d.*)");
  static const std::regex one(R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?\+09:00$)");
  return std::regex_match(text, begins_like_one) && !std::regex_match(text, one);
}

}  // namespace

std::optional<std::string> wrong_time_in(const json::Value& value, const std::string& place) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (auto wrong = wrong_time_in(member.value(), place + "." + std::string(member.key()))) return wrong;
    }
  } else if (const auto* array = value.if_array()) {
    for (const json::Value& element : *array) {
      if (auto wrong = wrong_time_in(element, place + "[]")) return wrong;
    }
  } else if (const auto* text = value.if_string()) {
    if (text->size() < 64 && is_wrong(std::string(text->data(), text->size()))) return place;
  } else if (const auto* number = value.if_int64()) {
    if (could_be_seconds(*number) || could_be_seconds(*number / 1000)) return place;
  }
  return std::nullopt;
}

}  // namespace mibun::server
