#include <limits>

#include "core/codecs/json.h"

namespace mibun::json {
namespace {

std::optional<std::int64_t> as_integer(const Value& value) {
  if (const auto* number = value.if_int64()) return *number;
  if (const auto* number = value.if_uint64()) {
    if (*number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(*number);
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> as_string(const Value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::unexpected<Error> missing(std::string where) {
  return fail(ErrorCode::json_missing_member, std::move(where));
}

std::unexpected<Error> wrong_type(std::string where, const char* expected) {
  return fail(ErrorCode::json_wrong_type, std::move(where), std::string("expected ") + expected);
}

}  // namespace

std::string ObjectReader::place(std::string_view name) const {
  std::string place = where_;
  if (!place.empty()) place += '.';
  return place.append(name);
}

const Value* ObjectReader::find(std::string_view name) {
  seen_.emplace(name);
  return object_.if_contains(name);
}

const Value* ObjectReader::optional_any(std::string_view name) {
  return find(name);
}

Result<std::optional<std::string_view>> ObjectReader::optional_string(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto text = as_string(*value)) return text;
  return wrong_type(place(name), "a string");
}

Result<std::optional<std::int64_t>> ObjectReader::optional_integer(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto number = as_integer(*value)) return number;
  return wrong_type(place(name), "an integer");
}

Result<std::optional<bool>> ObjectReader::optional_boolean(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const bool* boolean = value->if_bool()) return std::optional<bool>(*boolean);
  return wrong_type(place(name), "a boolean");
}

Result<const Object*> ObjectReader::optional_object(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return nullptr;
  if (const Object* object = value->if_object()) return object;
  return wrong_type(place(name), "an object");
}

Result<const Array*> ObjectReader::optional_array(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return nullptr;
  if (const Array* array = value->if_array()) return array;
  return wrong_type(place(name), "an array");
}

Result<std::string_view> ObjectReader::string(std::string_view name) {
  MIBUN_TRY(const auto text, optional_string(name));
  if (!text) return missing(place(name));
  return *text;
}

Result<std::int64_t> ObjectReader::integer(std::string_view name) {
  MIBUN_TRY(const auto number, optional_integer(name));
  if (!number) return missing(place(name));
  return *number;
}

Result<bool> ObjectReader::boolean(std::string_view name) {
  MIBUN_TRY(const auto boolean, optional_boolean(name));
  if (!boolean) return missing(place(name));
  return *boolean;
}

Result<const Object*> ObjectReader::object(std::string_view name) {
  MIBUN_TRY(const Object* object, optional_object(name));
  if (object == nullptr) return missing(place(name));
  return object;
}

Result<const Array*> ObjectReader::array(std::string_view name) {
  MIBUN_TRY(const Array* array, optional_array(name));
  if (array == nullptr) return missing(place(name));
  return array;
}

Result<const Value*> ObjectReader::any(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return missing(place(name));
  return value;
}

Status ObjectReader::finish() const {
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    // The name came from outside and may be anything, so the error does not repeat it.
    if (!seen_.contains(name)) return fail(ErrorCode::json_unknown_member, where_, "a member that is not known here");
  }
  return {};
}

Result<std::vector<std::string>> string_array(const Array& array, std::string_view where) {
  std::vector<std::string> out;
  out.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    const auto text = as_string(array[i]);
    if (!text) return wrong_type(std::string(where) + "[" + std::to_string(i) + "]", "a string");
    out.emplace_back(*text);
  }
  return out;
}

}  // namespace mibun::json
