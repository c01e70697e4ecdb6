#include "core/webauthn/request_assertion.h"

#include "core/codecs/base64url.h"

using namespace mibun;
using namespace mibun::webauthn;

// The input is the JSON inside the header, so that the fuzzer need not learn base64url first.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(RequestAssertion::parse(as_text({data, size})));
  const auto parsed = RequestAssertion::parse(base64url::encode(BytesView(data, size)));
  if (!parsed) return 0;
  const std::string header = parsed->to_header();
  const auto again = RequestAssertion::parse(header);
  // A legal header near the limit may have been written more tightly than we write it; it then does not fit again.
  MIBUN_INVARIANT(header.size() > kRequestAssertionBytesMax || (again.has_value() && again->to_header() == header));
  return 0;
}
