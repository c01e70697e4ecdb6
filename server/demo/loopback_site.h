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

  // For a site that acts for somebody: what changes anything is taken from the site's own pages only (by Origin), and
  // what reads the API from scripts of those only (by kOwnPageHeader, which no other origin's page can send without
  // asking first, and it would be refused). Other requests: 403.
  static constexpr std::string_view kOwnPageHeader = "Mibun-Own-Page";
  void take_from_own_pages_only() { own_pages_only_ = true; }

  const std::string& origin() const { return origin_; }
  http::Router& router() { return router_; }
  // Safe from several threads.
  http::ServerResponse handle(const http::ServerRequest& request) const;
  http::ServerResponse refuse(int status, std::string_view reason) const { return router_.refuse(status, reason); }

 private:
  bool may_ask(const http::ServerRequest& request) const;

  std::string origin_;
  bool own_pages_only_ = false;
  http::Router router_;
  const http::Router* rest_;
};

}  // namespace mibun::server
