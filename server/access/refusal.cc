#include "server/access/refusal.h"

#include "core/oid4vci/error_map.h"
#include "platform/log/log.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"

namespace mibun::server {

ServerResponse refuse_at_server(std::string_view event, const Error& error, const ServerRequest& request,
                                std::optional<std::string_view> dpop_nonce) {
  if (error.code == ErrorCode::private_key_rejected || problem_text(error.code).status == 503) {
    return refuse(error, request);
  }
  log::info(event, {{"code", to_string(error.code)}, {"detail", std::string_view(error.detail)}});
  return to_server_response(oid4vci::error_response(error, oid4vci::Endpoint::token, dpop_nonce));
}

}  // namespace mibun::server
