#include "server/demo/loopback_site.h"

namespace mibun::server {

bool LoopbackSite::may_ask(const http::ServerRequest& request) const {
  if (!own_pages_only_) return true;
  if (request.method != "GET" && request.method != "HEAD" && request.header("Origin") != origin_) return false;
  return !request.path.starts_with("/api/") || request.header(kOwnPageHeader) == "1";
}

http::ServerResponse LoopbackSite::handle(const http::ServerRequest& request) const {
  const std::string_view host = std::string_view(origin_).substr(std::string_view("http://").size());
  if (request.header("Host") != host) return router_.refuse(421, "this listener answers to its own host name only");
  if (!may_ask(request)) return router_.refuse(403, "this listener takes this from its own page only");
  if (rest_ == nullptr || router_.knows(request.path)) return router_.handle(request);
  return rest_->handle(request);
}

}  // namespace mibun::server
