#include <doctest/doctest.h>

#include "core/jose/jws.h"
#include "core/oid4vci/client_attestation.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/renewal.h"

// Our wallet against the whole server, by the authorization code flow: what `mibun wallet receive --issuer` does.
namespace mibun::server {
namespace {

std::string attestation_in(const HttpRequest& request) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == oid4vci::kClientAttestationHeader) return header.value;
  }
  return {};
}

}  // namespace

TEST_CASE("the wallet signs in with its device key and holds a card with ten copies") {
  RegisteredWallet own;
  const std::size_t keys_before = own.device.keys.keys.size();
  const auto received = own.receive([&](const auto& visit) { return own.sign_in(visit); });
  REQUIRE(received.has_value());
  CHECK(std::get<wallet::ReceivedCard>(*received).card.copies == 10);
  CHECK(own.device.keys.keys.size() == keys_before + 12);  // and the two that the refresh token is bound to
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

namespace {

wallet::Card only_card(RegisteredWallet& own) {
  const auto cards = must(wallet::CardStore(own.device.store, own.device.keys).list());
  REQUIRE(cards.size() == 1);
  return cards.front();
}

}  // namespace

TEST_CASE("a card is renewed without its person, again and again: ten new copies, and nothing stays of the old ones") {
  RegisteredWallet own;
  static_cast<void>(must(own.receive([&](const auto& visit) { return own.sign_in(visit); })));
  wallet::CardStore cards(own.device.store, own.device.keys);
  const std::size_t keys = own.device.keys.keys.size();
  const int asked = own.device.holder.asked_again;
  for (int round = 0; round < 2; ++round) {
    const wallet::Card old = only_card(own);
    const auto copy = must(cards.next_copy(old.id));
    must(cards.spend(*copy));
    must(cards.forget_key(*copy));
    must(wallet::renew(own.device.host, own.provider, old.id));
    const wallet::Card now = only_card(own);
    CHECK(now.id == old.id);
    CHECK(now.copies_left == 10);
    CHECK(now.type == old.type);
    CHECK(now.issuer_name_en == old.issuer_name_en);
    CHECK(own.device.keys.keys.size() == keys);
    CHECK(must(own.device.store.names("copy.")).size() == 10);
    CHECK(must(own.device.store.names("grant.")) == std::vector<std::string>{"grant." + now.id});
  }
  CHECK(own.device.holder.asked_again == asked);
  must(wallet::remove_card(own.device.host, own.provider, only_card(own).id));
  CHECK(own.device.keys.keys.size() == keys - 12);
  CHECK(must(own.device.store.names("grant.")).empty());
}

TEST_CASE("a refresh token whose successor was used renews nothing, and the card keeps its copies") {
  RegisteredWallet own;
  static_cast<void>(must(own.receive([&](const auto& visit) { return own.sign_in(visit); })));
  const std::string id = only_card(own).id;
  wallet::GrantStore grants(own.device.host);
  const auto first = *must(grants.find(id));
  must(wallet::renew(own.device.host, own.provider, id));
  must(wallet::renew(own.device.host, own.provider, id));
  must(grants.save(first));
  const std::size_t keys = own.device.keys.keys.size();
  CHECK(wallet::renew(own.device.host, own.provider, id).error().code == ErrorCode::wallet_not_renewable);
  CHECK(only_card(own).copies_left == 10);
  CHECK(!must(grants.find(id)).has_value());
  CHECK(own.device.keys.keys.size() == keys - 2);  // what it was bound to
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
