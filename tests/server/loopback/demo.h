#pragma once

#include "tests/server/demo/demonstration_double.h"
#include "tests/server/world/test_world.h"

// The demonstration's server in process, and requests as its loopback listeners get them.
namespace mibun::server {

inline constexpr std::string_view kWalletHost = "localhost:8480", kShopHost = "shop.localhost:8481",
                                  kOfficeHost = "office.localhost:8482";

// A world whose server is the demonstration's from now on.
struct Demo {
  Demo() { open(true); }
  void open(bool demonstration) {
    world.app.reset();
    if (demonstration) world.config.demonstration = demonstration_double();
    if (!demonstration) world.config.demonstration.reset();
    world.app = must(App::open(world.config, world.clock, world.rng));
  }
  const LoopbackSite& wallet() const { return *world.app->wallet_site(); }
  const LoopbackSite& shop() const { return *world.app->shop_site(); }
  const LoopbackSite& office() const { return *world.app->office_site(); }

  TestWorld world;
};

inline Demo& demo() {
  static Demo one;
  return one;
}

inline Reply send_to(const LoopbackSite& site, TestRequest request, std::optional<std::string_view> host) {
  if (host) request.add("Host", *host);
  http::ServerRequest sent;
  sent.method = request.method;
  sent.target = request.target;
  sent.path = sent.target.substr(0, sent.target.find('?'));
  sent.body = request.body;
  for (const HttpHeader& header : request.headers) sent.headers.emplace_back(header.name, header.value);
  Reply reply{site.handle(sent), {}};
  if (auto object = json::parse_object(reply.response.body, {.bytes_max = 1024 * 1024})) reply.json = *object;
  return reply;
}

inline TestRequest post(std::string target, std::string body, const std::string& cookie = {}) {
  TestRequest request{"POST", std::move(target), std::move(body), {}};
  request.add("Content-Type", kJsonType);
  if (!cookie.empty()) request.add("Cookie", cookie);
  return request;
}

}  // namespace mibun::server
