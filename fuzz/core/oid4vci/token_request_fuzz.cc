#include "core/base/bytes.h"
#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/token.h"

using namespace mibun;
using namespace mibun::oid4vci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto request = parse_token_request(text);
  if (request) {
    const auto again = parse_token_request(to_form(*request));
    MIBUN_INVARIANT(again.has_value() && to_form(*again) == to_form(*request));
  } else {
    MIBUN_INVARIANT(protocol_error(request.error().code, Endpoint::token).status < 500);
  }
  if (const auto response = TokenResponse::parse(text)) {
    MIBUN_INVARIANT(TokenResponse::parse(json::serialize(response->to_json())).has_value());
  }
  static_cast<void>(ClientAssertion::parse(text));
  return 0;
}
