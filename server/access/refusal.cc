#include "server/access/refusal.h"

#include <algorithm>

#include "core/oid4vci/error_map.h"
#include "platform/log/log.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"

namespace mibun::server {
namespace {

// RFC 6749, section 5.2: who tried to be known by Authorization hears the name of the scheme that failed.
void add_failed_scheme(const ServerRequest& request, ServerResponse& refused) {
  const auto shown = request.header("authorization");
  if (refused.status != 401 || !shown) return;
  const std::string_view scheme = shown->substr(0, shown->find(' '));
  const bool is_name = !scheme.empty() && scheme.size() <= 20 && std::ranges::all_of(scheme, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  refused.headers.push_back({"WWW-Authenticate", std::string(is_name ? scheme : "Basic") + R"( realm="mibun")"});
}

}  // namespace

ServerResponse refuse_at_server(std::string_view event, const Error& error, const ServerRequest& request,
                                std::optional<std::string_view> dpop_nonce) {
  if (error.code == ErrorCode::private_key_rejected || problem_text(error.code).status == 503) {
    return refuse(error, request);
  }
  log::info(event, {{"code", to_string(error.code)}, {"detail", std::string_view(error.detail)}});
  ServerResponse refused = to_server_response(oid4vci::error_response(error, oid4vci::Endpoint::token, dpop_nonce));
  add_failed_scheme(request, refused);
  return refused;
}

}  // namespace mibun::server
