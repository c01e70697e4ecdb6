#include "core/dcql/revealed.h"

#include <algorithm>
#include <functional>

#include "core/base/sort.h"

namespace mibun::dcql {
namespace {

bool is_scalar(const json::Value& value) {
  const json::Object* object = value.if_object();
  const json::Array* array = value.if_array();
  return (object == nullptr || object->empty()) && (array == nullptr || array->empty());
}

void append_children(const json::Value& value, std::vector<const json::Value*>& values) {
  if (const json::Object* object = value.if_object()) {
    for (const auto& member : *object) values.push_back(&member.value());
  }
  if (const json::Array* array = value.if_array()) {
    for (const json::Value& element : *array) values.push_back(&element);
  }
}

}  // namespace

void append_revealed(const json::Value& value, std::vector<const json::Value*>& revealed) {
  if (is_scalar(value)) {
    revealed.push_back(&value);
    return;
  }
  std::vector<const json::Value*> open;
  append_children(value, open);
  while (!open.empty()) {
    const json::Value* next = open.back();
    open.pop_back();
    if (is_scalar(*next)) {
      revealed.push_back(next);
    } else {
      append_children(*next, open);
    }
  }
}

void normalize(std::vector<const json::Value*>& revealed) {
  sort(revealed, std::less<>{});
  const auto rest = std::ranges::unique(revealed);
  revealed.erase(rest.begin(), rest.end());
}

}  // namespace mibun::dcql
