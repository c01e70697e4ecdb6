#pragma once

#include <string>
#include <utility>

#include "tests/core/oid4vp/world.h"

namespace mibun::oid4vp {

// One exchange between a wallet's flow and a gateway, with a clock turned by hand.
struct Simulation {
  explicit Simulation(RequestUriMethod method = RequestUriMethod::post, json::Object query = shop_query())
      : transaction(world, std::move(query)),
        link{world.client_id, "https://gateway.example/oid4vp/request/abc", method} {}

  PresentationFlow flow() { return {cards, world.trust(), world.rng}; }

  // The gateway's answer at request_uri.
  HttpResponse serve_request(const HttpRequest& request) {
    if (request.method == "POST") {
      const auto fields = must(form::Fields::parse(request.body));
      transaction.parameters.wallet_nonce = std::string(must(fields.get("wallet_nonce")));
    }
    return http(200, std::string(kRequestObjectMediaType), transaction.request(world));
  }
  AskHolder ask(PresentationFlow& flow) {
    const Step fetch = must(flow.advance(Started{link.to_string()}, clock.now()));
    const HttpRequest request = std::get<SendRequest>(fetch).request;
    CHECK(request.url == link.request_uri);
    return std::get<AskHolder>(must(flow.advance(Received{serve_request(request)}, clock.now())));
  }
  HttpRequest answer(PresentationFlow& flow, const Event& event) {
    return std::get<SendRequest>(must(flow.advance(event, clock.now()))).request;
  }
  Result<ReceivedResponse> receive(const HttpRequest& request) {
    return receive_response(request.body, transaction.expected(world),
                            {.issuers = world.issuers, .iaca = world.iacas, .check_status = check_status}, clock.now());
  }

  VerifiedRequest verified_request() const {
    return must(VerifiedRequest::verify(transaction.request(world), policy(), clock.now()));
  }
  // The request with its payload changed, signed again by the shop.
  Result<VerifiedRequest> verify_changed(const std::function<void(json::Object&)>& change) const {
    const std::string text = transaction.request(world);
    const auto jws = must(jose::Jws::parse(text, {.bytes_max = text.size()}));
    json::Object payload = must(jws.unverified_payload());
    change(payload);
    const std::string changed = must(jose::sign_jws(
        {{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(world.shop.chain)}}, payload, world.shop.key));
    return VerifiedRequest::verify(changed, policy(), clock.now());
  }
  RequestPolicy policy() const { return {world.client_id, {}, world.trust()}; }

  World world;
  std::function<Status(const status_list::StatusReference&, const crypto::TrustedIssuer&)> check_status = all_valid;
  TestCards cards;
  ManualClock clock{kTestNow};
  Transaction transaction;
  RequestLink link;
};

}  // namespace mibun::oid4vp
