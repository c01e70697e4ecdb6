#include "tests/omission/json_mutator.h"

#include <vector>

namespace mibun::omission {
namespace {

using Texts = std::vector<std::string>;

void replace(const json::Value& value, const std::string& place, const Sink& sink) {
  const std::string text = json::serialize(value);
  const auto put = [&](std::string_view mutation, const std::string& with) {
    if (with != text) sink(place, mutation, with);
  };
  put("null", "null");
  put(value.is_string() ? "empty" : "string", value.is_string() ? R"("")" : R"("x")");
  put("number", value.is_number() ? "0" : "1");
  put("boolean", value.is_bool() ? "false" : "true");
  put(value.is_object() ? "empty" : "object", "{}");
  put(value.is_array() ? "empty" : "array", "[]");
  if (value.is_number()) {
    put("negative", "-1");
    put("huge", "1e300");
  }
  if (value.is_number() || value.is_bool()) put("text", '"' + text + '"');
  if (value.is_string()) put("wrapped", '[' + text + ']');
}

// `parts` joined, with `count` copies of number `changed`, each of them `with`.
std::string join(const Texts& parts, std::size_t changed, std::size_t count, const std::string& with, char open,
                 char close) {
  std::string text(1, open);
  const auto add = [&](const std::string& part) {
    if (text.size() > 1) text += ',';
    text += part;
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != changed) {
      add(parts[i]);
    } else {
      for (std::size_t copy = 0; copy < count; ++copy) add(with);
    }
  }
  return text + close;
}

void mutate_object(const json::Object& object, const std::string& place, const Sink& sink) {
  Texts members;
  for (const auto& member : object) {
    members.push_back(json::serialize(json::Value(member.key())) + ':' + json::serialize(member.value()));
  }
  std::size_t i = 0;
  for (const auto& member : object) {
    const std::string name = json::serialize(json::Value(member.key())) + ':';
    const std::string inside = place + '/' + std::string(member.key());
    sink(inside, "remove", join(members, i, 0, {}, '{', '}'));
    sink(inside, "duplicate", join(members, i, 2, members[i], '{', '}'));
    mutate_json(member.value(), inside, [&](const std::string& where, std::string_view how, const std::string& text) {
      sink(where, how, join(members, i, 1, name + text, '{', '}'));
    });
    ++i;
  }
}

void mutate_array(const json::Array& array, const std::string& place, const Sink& sink) {
  Texts elements;
  for (const json::Value& element : array) elements.push_back(json::serialize(element));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::string inside = place + '/' + std::to_string(i);
    sink(inside, "remove", join(elements, i, 0, {}, '[', ']'));
    sink(inside, "duplicate", join(elements, i, 2, elements[i], '[', ']'));
    if (i + 1 < elements.size() && elements[i] != elements[i + 1]) {
      Texts swapped = elements;
      std::swap(swapped[i], swapped[i + 1]);
      sink(inside, "reorder", join(swapped, i, 1, swapped[i], '[', ']'));
    }
    mutate_json(array[i], inside, [&](const std::string& where, std::string_view how, const std::string& text) {
      sink(where, how, join(elements, i, 1, text, '[', ']'));
    });
  }
}

}  // namespace

void mutate_json(const json::Value& value, const std::string& place, const Sink& sink) {
  replace(value, place, sink);
  if (value.is_object()) mutate_object(value.get_object(), place, sink);
  if (value.is_array()) mutate_array(value.get_array(), place, sink);
}

}  // namespace mibun::omission
