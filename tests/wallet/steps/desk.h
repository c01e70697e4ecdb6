#pragma once

#include <string>
#include <string_view>

#include "tests/wallet/test_gateway.h"
#include "tests/wallet/test_issuer.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {

// Whoever drives the steps as a page does.
struct Desk {
  Desk() : profile(device.make_profile()) {}
  json::Object run(std::string_view name, std::string_view arguments = "{}") { return must(attempt(name, arguments)); }
  Result<json::Object> attempt(std::string_view name, std::string_view arguments = "{}") {
    return steps.run(name, must(json::parse_object(arguments)));
  }
  HistoryEvent last_event() { return must(HistoryBook(device.host).list()).back(); }

  TestDevice device;
  Profile profile;
  Steps steps{device.host};
};

inline std::string text_of(const json::Object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

struct ReceivingDesk : Desk {
  ReceivingDesk() {
    must(device.store.write("trust", issuer.trust()));
    device.http.answer = [this](const HttpRequest& request) { return issuer.handle(request); };
  }
  std::string open() const {
    return json::serialize(json::Object{{"link", issuer.offer().to_uri()}, {"fetch", false}});
  }
  Issuer issuer;
};

struct PresentingDesk : Desk {
  explicit PresentingDesk(int copies = 2) {
    must(device.store.write("trust", gateway.trust()));
    if (copies > 0) give_card(device, gateway, copies, oid4vp::TestCards::full_claims());
    device.http.answer = [this](const HttpRequest& request) { return gateway.handle(request); };
  }
  std::string open() const { return json::serialize(json::Object{{"link", gateway.link()}}); }
  std::size_t copies_left() { return must(CardStore(device.store, device.keys).list()).at(0).copies_left; }
  Gateway gateway;
};

inline constexpr std::string_view kAgree = R"({"agreed":true,"language":"ja"})";

}  // namespace mibun::wallet
