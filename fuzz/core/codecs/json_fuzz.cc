#include "core/base/bytes.h"
#include "core/codecs/json.h"

using namespace mibun;

namespace {

// Doubles are printed shorter than they were read, so a text with one is only read again, not compared.
bool has_double(const json::Value& value) {
  if (value.is_double()) return true;
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array) {
      if (has_double(element)) return true;
    }
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (has_double(member.value())) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = json::parse(as_text({data, size}));
  if (!value) return 0;
  json::Limits roomy;
  roomy.bytes_max = 1 << 20;  // escapes may make the second text longer
  const auto again = json::parse(json::serialize(*value), roomy);
  MIBUN_INVARIANT(again.has_value());
  MIBUN_INVARIANT(has_double(*value) || *again == *value);
  return 0;
}
