#include "core/jose/jws_json.h"

#include <cstdint>

#include "core/base/bytes.h"

// Each signature that was taken reads the same from its compact form, and no name stands in both headers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto jws = jose::JwsJson::parse(as_text({data, size}));
  if (!jws) return 0;
  MIBUN_INVARIANT(!jws->signatures().empty());
  for (const jose::JwsJsonSignature& signature : jws->signatures()) {
    const auto again = jose::flattened_jws(signature.jws.compact(), signature.unprotected_header);
    MIBUN_INVARIANT(again.has_value());
    const auto parsed = jose::JwsJson::parse(*again);
    MIBUN_INVARIANT(parsed && parsed->signatures()[0].jws.compact() == signature.jws.compact());
  }
  return 0;
}
