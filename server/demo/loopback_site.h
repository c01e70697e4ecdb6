#pragma once

#include <string>

#include "platform/http/router.h"

namespace mibun::server {

// What a loopback listener of the demonstration answers. A page of the open web can have its own name point at
// 127.0.0.1 (DNS rebinding) and would then read answers as its own: so a Host other than the site's is refused, 421.
class LoopbackSite {
 public:
  // `origin`: "http://localhost:8480". `rest`: answers what the site itself has no route for; may be null.
  LoopbackSite(std::string origin, http::Router::ProblemMaker problem, const http::Router* rest)
      : origin_(std::move(origin)), router_(std::move(problem)), rest_(rest) {}

  const std::string& origin() const { return origin_; }
  http::Router& router() { return router_; }
  // Safe from several threads.
  http::ServerResponse handle(const http::ServerRequest& request) const;
  http::ServerResponse refuse(int status, std::string_view reason) const { return router_.refuse(status, reason); }

 private:
  std::string origin_;
  http::Router router_;
  const http::Router* rest_;
};

}  // namespace mibun::server
