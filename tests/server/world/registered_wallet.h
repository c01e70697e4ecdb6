#pragma once

#include <doctest/doctest.h>

#include <string>

#include "core/oid4vci/client_attestation.h"
#include "tests/server/world/test_world.h"
#include "tests/wallet/test_device.h"
#include "wallet/issuance.h"
#include "wallet/trust.h"

namespace mibun::server {

// What the device asks of its server is asked of the world.
inline void talk_to(TestWorld& world, wallet::TestDevice& device) {
  device.http.answer = [&world](const HttpRequest& request) -> Result<HttpResponse> {
    TestRequest told{request.method, request.url.substr(kOrigin.size()), request.body, request.headers};
    http::ServerResponse answer = world.send(told).response;
    HttpResponse response{.status = answer.status, .headers = std::move(answer.headers), .body = answer.body};
    response.headers.push_back({"Content-Type", answer.content_type});
    return response;
  };
}

// Our wallet on a device in memory, talking to the whole server; its device key has an account with a case.
struct RegisteredWallet {
  enum class Case { approved, in_review };
  explicit RegisteredWallet(Case wanted = Case::approved) {
    TestWorld& w = world();
    device.clock.advance(w.clock.now() - device.clock.now());
    profile = device.make_profile();
    account.key = {device.keys.keys.at(profile.device_key.value).get(), [](auto*) {}};
    const BegunRegistration begun = w.begin_registration();
    account.credential_id = profile.credential_id = w.rng.bytes(32);
    account.user_handle = begun.user_id;
    const Reply registered = w.send_well(w.registration(begun, w.credential_json(begun, account)), 201);
    account.account_id = registered.text("account_id");
    account.revocation_code = registered.text("revocation_code");
    case_id = wanted == Case::approved ? w.approve(account) : w.case_in_review(account);
    profile.origin = kOrigin;
    profile.rp_id = kRpId;
    profile.account_id = account.account_id;
    profile.user_handle = account.user_handle;
    profile.counter = account.counter;
    must(wallet::save_profile(device.store, profile));
    must(device.store.write("proofing", json::serialize(json::Object{{"case_id", case_id}})));  // as prove() leaves it
    talk_to(w, device);
    must(wallet::fetch_trust(device.host, std::string(kOrigin)));
  }

  // `configuration`: which card; empty: the first.
  Result<wallet::ReceiveOutcome> receive(const wallet::VisitServer& visit, std::string_view configuration = {}) {
    return wallet::receive_from(
        device.host, provider,
        {.credential_issuer = std::string(kOrigin), .configuration_id = std::string(configuration)},
        {.ask =
             [](const oid4vci::AskHolder& question) {
               if (!question.signs_in) throw std::runtime_error("the wallet does not sign in");
               return wallet::ReceiveDecision{.agreed = true, .tx_code = {}};
             },
         .visit = visit});
  }
  Result<std::string> sign_in(const oid4vci::OpenAuthorization& visit) {
    return wallet::sign_in(device.host, api, profile, visit);
  }

  // What was sent to an address that ends so, with the wallet's attestation.
  std::vector<HttpRequest> attested_requests(std::string_view end) const {
    std::vector<HttpRequest> found;
    for (const HttpRequest& request : device.http.sent) {
      if (!request.url.ends_with(end)) continue;
      CHECK(oid4vci::ClientAttestation::is_shown(request.headers));
      found.push_back(request);
    }
    return found;
  }

  // Both clocks go on for a while; the world's goes back with the wallet.
  void wait(milliseconds span) {
    world().clock.advance(span);
    device.clock.advance(span);
    waited += span;
  }
  ~RegisteredWallet() { world().clock.advance(-waited); }
  RegisteredWallet(const RegisteredWallet&) = delete;
  RegisteredWallet& operator=(const RegisteredWallet&) = delete;

  wallet::TestDevice device;
  wallet::Profile profile;
  Device account;
  std::string case_id;
  milliseconds waited{0};
  wallet::ServerApi api{device.host, std::string(kOrigin)};
  wallet::WalletProvider provider{device.host, api, profile};
};

}  // namespace mibun::server
