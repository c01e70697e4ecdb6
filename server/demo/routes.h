#pragma once

#include <string>

#include "platform/http/router.h"
#include "server/demo/demo_verifier.h"

namespace mibun::server {

// Where the shop's page stands.
struct ShopPlace {
  // Keeps the session's secret in the browser: "__Host-..." over https. Browsers need not take that prefix, or Secure,
  // over plain http, also not from this machine.
  std::string cookie = "__Host-mibun-demo";
  bool https = true;
  // On loopback: the web wallet that the page leads to, "http://localhost:8480/", and by which address wallets know the
  // shop, "https://localhost:8443". Empty elsewhere.
  std::string wallet_page = {}, known_as = {};
};
ShopPlace loopback_place(std::string_view wallet_origin, std::string_view public_origin);

// /demo/verifier: the page in both languages and what its script calls.
void add_demo_verifier_routes(http::Router& router, DemoVerifier& verifier, ShopPlace place);

// What leads to `location` with 307; the browser carries what stands behind "#" along. An answer's redirect_uri names
// the public origin, since wallets take https alone; the wallet's loopback listener sends the person on to the shop
// that they asked in.
http::RouteHandler lead_to(std::string location);

}  // namespace mibun::server
