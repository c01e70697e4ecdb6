#include "server/demo/loopback_site.h"

namespace mibun::server {

http::ServerResponse LoopbackSite::handle(const http::ServerRequest& request) const {
  const std::string_view host = std::string_view(origin_).substr(std::string_view("http://").size());
  if (request.header("Host") != host) return router_.refuse(421, "this listener answers to its own host name only");
  if (rest_ == nullptr || router_.knows(request.path)) return router_.handle(request);
  return rest_->handle(request);
}

}  // namespace mibun::server
