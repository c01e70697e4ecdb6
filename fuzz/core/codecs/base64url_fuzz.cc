#include "core/codecs/base64url.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  // One text per value: whatever decodes must be exactly what encoding gives.
  if (const auto bytes = base64url::decode(text)) MIBUN_INVARIANT(base64url::encode(*bytes) == text);
  if (const auto bytes = base64::decode(text)) MIBUN_INVARIANT(base64::encode(*bytes) == text);
  if (const auto bytes = hex::decode(text)) MIBUN_INVARIANT(hex::encode(*bytes).size() == text.size());
  return 0;
}
