#include <doctest/doctest.h>

#include "core/jose/jws.h"
#include "core/oid4vci/client_attestation.h"
#include "tests/server/app/code_flow.h"
#include "tests/wallet/test_device.h"
#include "wallet/issuance.h"
#include "wallet/trust.h"

// Our wallet against the whole server, by the authorization code flow: what `mibun wallet receive --issuer` does.
namespace mibun::server {
namespace {

std::string attestation_in(const HttpRequest& request) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == oid4vci::kClientAttestationHeader) return header.value;
  }
  return {};
}

// A wallet whose device key has an account with an approved case.
struct RegisteredWallet {
  RegisteredWallet() {
    TestWorld& w = world();
    device.clock.advance(w.clock.now() - device.clock.now());
    profile = device.make_profile();
    account.key = {device.keys.keys.at(profile.device_key.value).get(), [](auto*) {}};
    const BegunRegistration begun = w.begin_registration();
    account.credential_id = profile.credential_id = w.rng.bytes(32);
    account.user_handle = begun.user_id;
    account.account_id = w.send_well(w.registration(begun, w.credential_json(begun, account)), 201).text("account_id");
    static_cast<void>(w.approve(account));
    profile.origin = kOrigin;
    profile.rp_id = kRpId;
    profile.account_id = account.account_id;
    profile.user_handle = account.user_handle;
    profile.counter = account.counter;
    device.http.answer = [&w](const HttpRequest& request) -> Result<HttpResponse> {
      TestRequest told{request.method, request.url.substr(kOrigin.size()), request.body, request.headers};
      http::ServerResponse answer = w.send(told).response;
      HttpResponse response{.status = answer.status, .headers = std::move(answer.headers), .body = answer.body};
      response.headers.push_back({"Content-Type", answer.content_type});
      return response;
    };
    must(wallet::fetch_trust(device.host, std::string(kOrigin)));
  }

  Result<wallet::ReceivedCard> receive(const wallet::VisitServer& visit) {
    return wallet::receive_from(device.host, provider,
                                {.credential_issuer = std::string(kOrigin), .configuration_id = {}},
                                {.ask =
                                     [](const oid4vci::AskHolder& question) {
                                       CHECK(question.signs_in);
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

  wallet::TestDevice device;
  wallet::Profile profile;
  Device account;
  wallet::ServerApi api{device.host, std::string(kOrigin)};
  wallet::WalletProvider provider{device.host, api, profile};
};

}  // namespace

TEST_CASE("the wallet signs in with its device key and holds a card with ten copies") {
  RegisteredWallet own;
  const std::size_t keys_before = own.device.keys.keys.size();
  const auto received = own.receive([&](const auto& visit) { return own.sign_in(visit); });
  REQUIRE(received.has_value());
  CHECK(received->card.copies == 10);
  CHECK(own.device.keys.keys.size() == keys_before + 10);  // the exchange's own key is gone
  CHECK(own.device.holder.asked == 1);
}

TEST_CASE("the wallet is attested by its provider, for each exchange with a key that no other exchange shows") {
  RegisteredWallet own;
  std::set<std::string> keys;
  for (std::size_t exchange = 1; exchange <= 2; ++exchange) {
    REQUIRE(own.receive([&](const auto& visit) { return own.sign_in(visit); }).has_value());
    const auto pushed = own.attested_requests("/oauth/par"), redeemed = own.attested_requests("/oauth/token");
    REQUIRE(pushed.size() == 2 * exchange);  // first without a DPoP nonce
    REQUIRE(redeemed.size() == exchange);
    CHECK(attestation_in(pushed.back()) == attestation_in(redeemed.back()));
    const auto jws = must(jose::Jws::parse(attestation_in(pushed.back())));
    CHECK(keys.insert(json::serialize(must(jws.unverified_payload()).at("cnf"))).second);
  }
}

TEST_CASE("a wallet whose person took minutes to sign in uses the challenge that the refusal brings") {
  RegisteredWallet own;
  TestWorld& w = world();
  const auto wait = [&](std::int64_t length) {
    w.clock.advance(seconds(length));
    own.device.clock.advance(seconds(length));
  };
  wait(59 - w.clock.now().unix_seconds() % 60);  // the challenge of this minute ends soonest: in 121 seconds
  const auto received = own.receive([&](const auto& visit) -> Result<std::string> {
    wait(80);
    MIBUN_TRY(std::string redirect, own.sign_in(visit));
    wait(50);
    return redirect;
  });
  REQUIRE(received.has_value());
  CHECK(own.attested_requests("/oauth/token").size() == 2);
}

TEST_CASE("our own wallet without its attestation gets nowhere: neither to the push nor to a token") {
  for (const std::string_view end : {"/oauth/par", "/oauth/token"}) {
    CAPTURE(end);
    RegisteredWallet own;
    const auto honest = own.device.http.answer;
    own.device.http.answer = [&](HttpRequest request) {
      if (request.url.ends_with(end)) {
        std::erase_if(request.headers, [](const HttpHeader& header) {
          return header.name.starts_with(oid4vci::kClientAttestationHeader);
        });
      }
      return honest(request);
    };
    const auto refused = own.receive([&](const auto& visit) { return own.sign_in(visit); });
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::oauth_invalid_client);
    CHECK(own.device.keys.keys.size() == 2);  // what was made for the exchange is destroyed
  }
}

TEST_CASE("the wallet does not sign in anywhere else, and a person who is not there signs nothing") {
  RegisteredWallet own;
  const oid4vci::OpenAuthorization elsewhere{.url = "https://mibun.example.evil.example/oauth/authorize?x=y",
                                             .redirect_uri = std::string(wallet::kRedirectUri)};
  CHECK(own.sign_in(elsewhere).error().code == ErrorCode::http_url_not_allowed);
  own.device.holder.present = false;
  const auto refused = own.receive([&](const auto& visit) { return own.sign_in(visit); });
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::wallet_user_verification_failed);
  CHECK(own.device.keys.keys.size() == 2);  // device and history: everything made on the way is destroyed
}

TEST_CASE("a redirect of another server or another exchange stores nothing") {
  RegisteredWallet own;
  const auto mixed_up = own.receive([&](const auto& visit) -> Result<std::string> {
    MIBUN_TRY(const std::string redirect, own.sign_in(visit));
    return redirect.substr(0, redirect.find("&iss=")) + "&iss=https%3A%2F%2Fevil.example";
  });
  REQUIRE_FALSE(mixed_up.has_value());
  CHECK(mixed_up.error().code == ErrorCode::oauth_issuer_mismatch);
  const auto forged = own.receive([](const auto&) -> Result<std::string> {
    return std::string(wallet::kRedirectUri) + "?code=c&state=s&iss=https%3A%2F%2Fmibun.example";
  });
  REQUIRE_FALSE(forged.has_value());
  CHECK(forged.error().code == ErrorCode::oauth_state_mismatch);
  CHECK(own.device.keys.keys.size() == 2);
}

}  // namespace mibun::server
