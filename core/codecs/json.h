#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

// The one door to Boost.JSON, with what it leaves out: duplicate keys, limits, exact numbers.
namespace mibun::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;
using StoragePtr = boost::json::storage_ptr;

struct Limits {
  std::size_t bytes_max = 64 * 1024;
  std::size_t depth_max = 16;
  std::size_t values_max = 20'000;  // objects, arrays and scalars together
};

// Strict RFC 8259: valid UTF-8, no duplicate keys at any depth, no trailing data, no NaN; integers stay exact
// (int64 or uint64; larger ones and 1e400 are refused). The whole text is one value.
// Errors: json_malformed, json_duplicate_key, json_too_deep, json_too_large, json_number_out_of_range.
Result<Value> parse(std::string_view text, const Limits& limits = {}, StoragePtr storage = {});
// As parse, and the value must be an object (json_wrong_type).
Result<Object> parse_object(std::string_view text, const Limits& limits = {}, StoragePtr storage = {});

std::string serialize(const Value& value);
std::string serialize(const Object& value);

// Reads one object's members with a place for errors ("request.dcql_query"). Two ways to end: allow_unknown() for
// protocols that say "ignore what you do not know", finish() for our own API, where an unknown member is an error.
//   Errors: json_missing_member, json_wrong_type, json_unknown_member (finish).
class ObjectReader {
 public:
  ObjectReader(const Object& object, std::string where) : object_(object), where_(std::move(where)) {}

  // View lives as long as the object. Strings are bounded by the document's limits.
  Result<std::string_view> string(std::string_view name);
  Result<std::int64_t> integer(std::string_view name);
  Result<bool> boolean(std::string_view name);
  Result<const Object*> object(std::string_view name);
  Result<const Array*> array(std::string_view name);
  Result<const Value*> any(std::string_view name);

  // Absent gives nullopt / nullptr; present with another type is an error.
  Result<std::optional<std::string_view>> optional_string(std::string_view name);
  Result<std::optional<std::int64_t>> optional_integer(std::string_view name);
  Result<std::optional<bool>> optional_boolean(std::string_view name);
  Result<const Object*> optional_object(std::string_view name);
  Result<const Array*> optional_array(std::string_view name);
  const Value* optional_any(std::string_view name);

  Status finish() const;

  std::string place(std::string_view name) const;

 private:
  const Value* find(std::string_view name);
  const Object& object_;
  std::string where_;
  std::set<std::string, std::less<>> seen_;
};

// Every element a string, or json_wrong_type at "where[i]".
Result<std::vector<std::string>> string_array(const Array& array, std::string_view where);

}  // namespace mibun::json
