#include "core/codecs/json.h"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <limits>
#include <new>

namespace mibun::json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// Boost.JSON's object table hashes without a secret, so a text can be made whose keys all collide. A bound on members
// keeps the quadratic worst case small; no protocol of ours comes near it.
constexpr std::size_t kMembersMax = 1024;

// Builds the value as Boost.JSON's own parser does and adds what it leaves out. Every refusal sets `refused` and stops
// the parse.
class Handler {
 public:
  static constexpr std::size_t max_object_size = kMembersMax;
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  Handler(StoragePtr storage, std::size_t values_max, unsigned char* buffer, std::size_t size)
      : stack_(boost::json::storage_ptr(), buffer, size), values_left_(values_max) {
    stack_.reset(std::move(storage));
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code& ec) { return count(ec); }
  bool on_array_end(std::size_t size, error_code&) {
    stack_.push_array(size);
    return true;
  }
  bool on_object_begin(error_code& ec) { return count(ec); }
  bool on_object_end(std::size_t size, error_code&) {
    stack_.push_object(size);
    members_ += size;
    return true;
  }
  bool on_string_part(string_view text, std::size_t, error_code&) {
    stack_.push_chars(text);
    return true;
  }
  bool on_string(string_view text, std::size_t, error_code& ec) {
    stack_.push_string(text);
    return count(ec);
  }
  bool on_key_part(string_view text, std::size_t, error_code&) {
    stack_.push_chars(text);
    return true;
  }
  bool on_key(string_view text, std::size_t, error_code&) {
    stack_.push_key(text);
    return true;
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, string_view, error_code& ec) {
    stack_.push_int64(value);
    return count(ec);
  }
  bool on_uint64(std::uint64_t value, string_view, error_code& ec) {
    stack_.push_uint64(value);
    return count(ec);
  }
  bool on_double(double value, string_view text, error_code& ec) {
    // An integer arrives here only when it fits neither int64 nor uint64.
    if (!std::isfinite(value) || text.find_first_of(".eE") == string_view::npos) {
      return refuse(ErrorCode::json_number_out_of_range, ec);
    }
    stack_.push_double(value);
    return count(ec);
  }
  bool on_bool(bool value, error_code& ec) {
    stack_.push_bool(value);
    return count(ec);
  }
  bool on_null(error_code& ec) {
    stack_.push_null();
    return count(ec);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  Value release() { return stack_.release(); }
  std::size_t members() const { return members_; }
  std::optional<ErrorCode> refused() const { return refused_; }

 private:
  bool count(error_code& ec) {
    if (values_left_ == 0) return refuse(ErrorCode::json_too_large, ec);
    --values_left_;
    return true;
  }
  bool refuse(ErrorCode code, error_code& ec) {
    refused_ = code;
    ec = boost::json::error::syntax;
    return false;
  }

  boost::json::value_stack stack_;
  std::size_t values_left_;
  std::size_t members_ = 0;
  std::optional<ErrorCode> refused_;
};

ErrorCode code_of(const error_code& failure) {
  if (failure == boost::json::error::too_deep) return ErrorCode::json_too_deep;
  if (failure == boost::json::error::object_too_large) return ErrorCode::json_too_large;
  return ErrorCode::json_malformed;
}

std::size_t members_below(const Value& value) {  // depth is bounded by Limits::depth_max
  std::size_t total = 0;
  if (const auto* object = value.if_object()) {
    total = object->size();
    for (const auto& member : *object) {
      if (member.value().is_structured()) total += members_below(member.value());
    }
  } else if (const auto* array = value.if_array()) {
    for (const Value& element : *array) {
      if (element.is_structured()) total += members_below(element);
    }
  }
  return total;
}

Result<Value> parse_unguarded(std::string_view text, const Limits& limits, StoragePtr storage) {
  if (text.size() > limits.bytes_max) return fail(ErrorCode::json_too_large, "document");
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  alignas(Value) std::array<unsigned char, 4096> scratch;
  boost::json::basic_parser<Handler> parser(options, std::move(storage), limits.values_max, scratch.data(),
                                            scratch.size());
  error_code failure;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), failure);
  if (const auto refused = parser.handler().refused()) return fail(*refused, "byte " + std::to_string(used));
  if (failure) return fail(code_of(failure), "byte " + std::to_string(used));
  if (used != text.size() || !parser.done()) return fail(ErrorCode::json_malformed, "byte " + std::to_string(used));
  Value value = parser.handler().release();
  // Boost.JSON keeps the last of equal keys, so a duplicate shows as a member that was read but is not there.
  if (members_below(value) != parser.handler().members()) return fail(ErrorCode::json_duplicate_key, "document");
  return value;
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits, StoragePtr storage) {
  try {
    return parse_unguarded(text, limits, std::move(storage));
  } catch (const std::bad_alloc&) {  // a caller's arena of fixed size is full
    return fail(ErrorCode::json_too_large, "document");
  } catch (const std::length_error&) {
    return fail(ErrorCode::json_too_large, "document");
  }
}

Result<Object> parse_object(std::string_view text, const Limits& limits, StoragePtr storage) {
  MIBUN_TRY(Value value, parse(text, limits, std::move(storage)));
  Object* object = value.if_object();
  if (object == nullptr) return fail(ErrorCode::json_wrong_type, "document", "an object was expected");
  return std::move(*object);
}

std::string serialize(const Value& value) {
  return boost::json::serialize(value);
}
std::string serialize(const Object& value) {
  return boost::json::serialize(value);
}

}  // namespace mibun::json
