#include "core/base/bytes.h"
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/authorization_response.h"
#include "core/oid4vci/error_map.h"

using namespace mibun;
using namespace mibun::oid4vci;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto request = AuthorizationRequest::parse(text);
  if (request) {
    const auto again = AuthorizationRequest::parse(request->to_form());
    MIBUN_INVARIANT(again.has_value() && *again == *request);
  } else {
    const int status = protocol_error(request.error().code, Endpoint::token).status;
    MIBUN_INVARIANT(status == 400 || status == 401);
  }
  if (const auto query = AuthorizeQuery::parse(text)) {
    const std::string url = query->to_url("https://a.example/");
    const auto again = AuthorizeQuery::parse(std::string_view(url).substr(url.find('?') + 1));
    MIBUN_INVARIANT(again.has_value() && again->request_uri == query->request_uri);
  }
  if (const auto pushed = PushedAuthorization::parse(text)) {
    MIBUN_INVARIANT(PushedAuthorization::parse(json::serialize(pushed->to_json())).value() == *pushed);
  }
  // The state is there only when the text has it.
  static_cast<void>(read_redirect(text, {.redirect_uri = "w:/cb", .state = "s", .issuer = "https://a.example"}));
  return 0;
}
