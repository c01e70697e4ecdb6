#include "tests/server/app/logged_code.h"
#include "tests/server/world/issuing.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/history.h"
#include "wallet/proofing.h"
#include "wallet/renewal_plan.h"

// Our wallet comes back to the whole server: for a card that takes time, for new copies, and to say that it deleted
// one.
namespace mibun::server {
namespace {

using wallet::CardStore;
using wallet::GrantStore;

struct ReturningWallet : RegisteredWallet {
  using RegisteredWallet::RegisteredWallet;

  Result<wallet::ReceiveOutcome> receive_offered(bool before_decision) {
    const auto offer = must(wallet::open_offer(device.host, api, profile, before_decision));
    return wallet::receive(device.host, provider, offer.credential_offer, {.ask = [&](const auto&) {
                             return wallet::ReceiveDecision{.agreed = true, .tx_code = offer.tx_code};
                           }});
  }
  wallet::PendingCard pend() { return std::get<wallet::PendingCard>(must(receive_offered(true))); }
  wallet::Card hold() { return std::get<wallet::ReceivedCard>(must(receive_offered(false))).card; }
  Result<wallet::ReceiveOutcome> fetch(const std::string& id) {
    return wallet::fetch_pending(device.host, provider, id);
  }
  std::vector<wallet::PendingCard> pending() { return must(GrantStore(device.host).pending()); }
  std::optional<wallet::IssuerGrant> grant(const std::string& id) { return must(GrantStore(device.host).find(id)); }
  wallet::Card card() { return must(CardStore(device.store, device.keys).list()).at(0); }
  std::size_t count(std::string_view kind) {
    account.counter = profile.counter;  // the same key speaks in both
    const Reply reply = world().send_well(world().account_request(account, "GET", "/api/v1/history"), 200);
    profile.counter = account.counter;
    std::size_t found = 0;
    for (const json::Value& event : reply.json.at("events").as_array()) {
      const json::Value* named = event.as_object().if_contains("kind");
      found += named != nullptr && named->as_string() == kind ? 1 : 0;
    }
    return found;
  }
  // The network is gone after so many requests.
  void cut_after(std::size_t requests) {
    connected = device.http.answer;
    device.http.answer = [this, left = requests](const HttpRequest& request) mutable -> Result<HttpResponse> {
      if (left == 0) return fail(ErrorCode::http_connect_failed);
      --left;
      return connected(request);
    };
  }
  // The server does what it is asked; after so many requests its answer is lost, and the network with it.
  void lose_answer_after(std::size_t requests) {
    connected = device.http.answer;
    device.http.answer = [this, left = requests](const HttpRequest& request) mutable -> Result<HttpResponse> {
      if (left == 0) return fail(ErrorCode::http_connect_failed);
      auto answered = connected(request);
      if (--left == 0) return fail(ErrorCode::http_connect_failed);
      return answered;
    };
  }
  void mend() { device.http.answer = connected; }
  std::function<Result<HttpResponse>(const HttpRequest&)> connected;
};

}  // namespace

TEST_CASE("a card under review is kept as pending and fetched when the case is decided, once, hours later") {
  ReturningWallet own(RegisteredWallet::Case::in_review);
  const std::size_t keys = own.device.keys.keys.size();
  const wallet::PendingCard pending = own.pend();
  CHECK(pending.keys.size() == 10);
  CHECK(pending.name_en == "Digital ID");
  CHECK(own.device.keys.keys.size() == keys + 12);  // the proven ones, and those of the token
  CHECK(own.pending().size() == 1);
  CHECK(own.device.store.records.count("card." + pending.id) == 0);

  // Not before the issuer said, and then only to hear the same.
  const std::size_t sent = own.device.http.sent.size();
  CHECK(std::holds_alternative<wallet::PendingCard>(must(own.fetch(pending.id))));
  CHECK(own.device.http.sent.size() == sent);
  own.wait(std::chrono::minutes(1));
  const auto again = std::get<wallet::PendingCard>(must(own.fetch(pending.id)));
  CHECK(own.device.http.sent.size() > sent);
  CHECK(again.ask_again_at > pending.ask_again_at);

  decide(world(), own.case_id, true);
  own.wait(std::chrono::hours(3));  // the access token of then is long over
  const auto received = std::get<wallet::ReceivedCard>(must(own.fetch(pending.id)));
  CHECK(received.card.id == pending.id);
  CHECK(own.card().copies_left == 10);
  CHECK(own.pending().empty());
  CHECK(own.grant(pending.id)->notification_id.has_value());
  CHECK(own.device.keys.keys.size() == keys + 12);
  CHECK(own.count("card_stored") == 1);  // it was told with the notification
  CHECK(own.fetch(pending.id).error().code == ErrorCode::not_found);
}

TEST_CASE("whatever request of the way back is cut off, the pending card is fetched the next time") {
  ReturningWallet own(RegisteredWallet::Case::in_review);
  const wallet::PendingCard pending = own.pend();
  decide(world(), own.case_id, true);
  own.wait(std::chrono::minutes(2));
  std::size_t cut = 0;
  for (;; ++cut) {
    CAPTURE(cut);
    REQUIRE(cut < 40);
    own.cut_after(cut);
    const auto fetched = own.fetch(pending.id);
    own.mend();
    if (fetched) break;
    CHECK(fetched.error().code == ErrorCode::http_connect_failed);
    REQUIRE(own.pending().size() == 1);
    REQUIRE(own.grant(pending.id).has_value());
  }
  CHECK(cut >= 4);
  CHECK(own.card().copies_left == 10);
  CHECK(own.pending().empty());
}

TEST_CASE("a program that ended between storing the card and forgetting the wait leaves one card") {
  ReturningWallet own(RegisteredWallet::Case::in_review);
  const wallet::PendingCard pending = own.pend();
  const std::string record = own.device.store.records.at("pending." + pending.id);
  decide(world(), own.case_id, true);
  own.wait(std::chrono::minutes(2));
  static_cast<void>(must(own.fetch(pending.id)));
  must(own.device.store.write("pending." + pending.id, record));
  own.device.store.records["grant.orphan"] = own.device.store.records.at("grant." + pending.id);
  CHECK(own.fetch(pending.id).error().code == ErrorCode::not_found);
  CHECK(own.pending().empty());
  CHECK(own.device.store.records.count("grant.orphan") == 0);
  CHECK(own.grant(pending.id).has_value());
  for (const wallet::KeyId& key : pending.keys) CHECK(own.device.keys.signer(key).has_value());
  // And whoever removes the card then removes all of it.
  must(own.device.store.write("pending." + pending.id, record));
  must(wallet::remove_card(own.device.host, own.provider, pending.id));
  CHECK(must(own.device.store.names("card.")).empty());
  CHECK(must(own.device.store.names("copy.")).empty());
  CHECK(must(own.device.store.names("grant.")).empty());
  CHECK(own.device.keys.keys.size() == 2);  // of the device and its history
}

// From now on the server's token responses bring none.
void leave_out_refresh_tokens(wallet::TestDevice& device) {
  const auto honest = device.http.answer;
  device.http.answer = [honest](const HttpRequest& request) -> Result<HttpResponse> {
    MIBUN_TRY(HttpResponse response, honest(request));
    if (request.url.ends_with("/oauth/token") && response.status == 200) {
      auto body = must(json::parse_object(response.body));
      body.erase("refresh_token");
      response.body = json::serialize(body);
    }
    return response;
  };
}

TEST_CASE("without a refresh token the access token is used, and nobody says more than at first") {
  ReturningWallet own(RegisteredWallet::Case::in_review);
  leave_out_refresh_tokens(own.device);
  const wallet::PendingCard pending = own.pend();
  CHECK(!own.grant(pending.id)->refresh_token.has_value());
  decide(world(), own.case_id, true);
  own.wait(std::chrono::minutes(2));
  const std::size_t sent = own.device.http.sent.size();
  CHECK(std::holds_alternative<wallet::ReceivedCard>(must(own.fetch(pending.id))));
  for (std::size_t i = sent; i < own.device.http.sent.size(); ++i) {
    CHECK(!own.device.http.sent[i].url.ends_with("/oauth/token"));
  }
  CHECK(!own.grant(pending.id).has_value());  // nothing to come back with any more
}

TEST_CASE("a refresh token that the server does not replace is kept for the card that came by it") {
  ReturningWallet own(RegisteredWallet::Case::in_review);
  const wallet::PendingCard pending = own.pend();
  const auto before = own.grant(pending.id);
  decide(world(), own.case_id, true);
  own.wait(std::chrono::minutes(2));
  leave_out_refresh_tokens(own.device);
  CHECK(std::holds_alternative<wallet::ReceivedCard>(must(own.fetch(pending.id))));
  const auto after = own.grant(pending.id);
  REQUIRE(after.has_value());
  CHECK(after->refresh_token == before->refresh_token);
  CHECK(own.device.keys.signer(after->dpop_key).has_value());
}

TEST_CASE("a card that cannot be kept is told as failed, and what is there is the card or nothing") {
  for (int writes = 0;; ++writes) {
    CAPTURE(writes);
    REQUIRE(writes < 40);
    ReturningWallet own;
    const std::size_t keys = own.device.keys.keys.size();
    const auto offer = must(wallet::open_offer(own.device.host, own.api, own.profile));
    const auto told = [&](const HttpRequest& request) {
      return request.url.ends_with("/oid4vci/notification") ? request.body : std::string();
    };
    std::string event;
    const auto honest = own.device.http.answer;
    own.device.http.answer = [&](const HttpRequest& request) {
      if (request.url.ends_with("/oid4vci/credential")) own.device.store.writes_left = writes;  // the disk is full
      if (!told(request).empty()) event = told(request);
      return honest(request);
    };
    const auto received = wallet::receive(
        own.device.host, own.provider, offer.credential_offer,
        {.ask = [&](const auto&) { return wallet::ReceiveDecision{.agreed = true, .tx_code = offer.tx_code}; }});
    own.device.store.writes_left = -1;
    own.device.http.answer = honest;
    const bool listed = !must(own.device.store.names("card.")).empty();
    CHECK((event.find("credential_accepted") != std::string::npos) == listed);
    CHECK((event.find("credential_failure") != std::string::npos) == !listed);
    CHECK(own.device.keys.keys.size() == keys + (listed ? 12 : 0));
    if (received) break;
  }
}

TEST_CASE("a card that the issuer refuses for good takes its keys with it") {
  ReturningWallet own(RegisteredWallet::Case::in_review);
  const std::size_t keys = own.device.keys.keys.size();
  const wallet::PendingCard pending = own.pend();
  decide(world(), own.case_id, false);
  own.wait(std::chrono::minutes(2));
  CHECK(own.fetch(pending.id).error().code == ErrorCode::oid4vci_credential_request_denied);
  CHECK(own.pending().empty());
  CHECK(!own.grant(pending.id).has_value());
  CHECK(own.device.keys.keys.size() == keys);
}

TEST_CASE("a renewed card has new copies in the place of the old ones, and its next token") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  CardStore cards(own.device.store, own.device.keys);
  const auto old_copy = *must(cards.next_copy(card.id));
  must(cards.spend(*must(cards.next_copy(card.id))));
  const auto before = own.grant(card.id);
  own.wait(std::chrono::hours(24));
  const wallet::Card renewed = must(wallet::renew(own.device.host, own.provider, card.id));
  CHECK(renewed.id == card.id);
  CHECK(renewed.copies_left == 10);
  CHECK(renewed.expires_at > card.expires_at);
  CHECK(!own.device.keys.signer(old_copy.key).has_value() == true);
  CHECK(must(own.device.store.names("copy.")).size() == 10);
  const auto after = own.grant(card.id);
  CHECK(after->refresh_token != before->refresh_token);
  CHECK(after->notification_id != before->notification_id);
  CHECK(after->dpop_key == before->dpop_key);
  CHECK(must(wallet::HistoryBook(own.device.host).list()).back().kind == "card_renewed");
  CHECK(own.count("card_stored") == 2);
  CHECK(must(wallet::renew(own.device.host, own.provider, card.id)).copies_left == 10);
}

TEST_CASE("whatever request of a renewal is cut off, the old copies are as good as before") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  own.wait(std::chrono::hours(24));
  CardStore cards(own.device.store, own.device.keys);
  const auto copy = *must(cards.next_copy(card.id));
  const std::size_t keys = own.device.keys.keys.size();
  std::size_t cut = 0;
  for (;; ++cut) {
    CAPTURE(cut);
    REQUIRE(cut < 40);
    own.cut_after(cut);
    const auto renewed = wallet::renew(own.device.host, own.provider, card.id);
    own.mend();
    if (renewed) break;
    CHECK(must(cards.next_copy(card.id))->credential == copy.credential);
    CHECK(own.card().copies_left == 10);
    CHECK(own.device.keys.keys.size() == keys);
  }
  CHECK(cut >= 5);
  CHECK(must(cards.next_copy(card.id))->credential != copy.credential);
}

TEST_CASE("whatever answer of a renewal is lost, the grant lives on and the next try has new copies") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  own.wait(std::chrono::hours(24));
  std::size_t lost = 1, tokens_lost = 0;
  for (;; ++lost) {
    CAPTURE(lost);
    REQUIRE(lost < 40);
    own.lose_answer_after(lost);
    const auto before = own.grant(card.id);
    const auto renewed = wallet::renew(own.device.host, own.provider, card.id);
    const bool was_token = own.device.http.sent.back().url.ends_with("/oauth/token");
    own.mend();
    if (renewed) break;
    CHECK(renewed.error().code == ErrorCode::http_connect_failed);
    REQUIRE(own.grant(card.id).has_value());
    CHECK(own.card().copies_left == 10);
    tokens_lost += was_token && own.grant(card.id)->refresh_token == before->refresh_token ? 1 : 0;
  }
  CHECK(lost >= 5);
  CHECK(tokens_lost >= 1);  // used at the server, not replaced here
  CHECK(own.grant(card.id)->renewals_failed == 0);
  CHECK(must(wallet::renew(own.device.host, own.provider, card.id)).copies_left == 10);
}

TEST_CASE("what comes instead of the same card replaces nothing") {
  for (const char* member : {"type", "issuer", "format"}) {
    CAPTURE(member);
    ReturningWallet own;
    const wallet::Card card = own.hold();
    const std::size_t keys = own.device.keys.keys.size();
    auto record = must(json::parse_object(own.device.store.records.at("card." + card.id)));
    record[member] = "another";
    must(own.device.store.write("card." + card.id, json::serialize(record)));
    own.wait(std::chrono::hours(24));
    CHECK(wallet::renew(own.device.host, own.provider, card.id).error().code == ErrorCode::oid4vci_response_malformed);
    CHECK(own.card().copies_left == 10);
    CHECK(own.device.keys.keys.size() == keys);
    CHECK(own.count("card_not_stored") == 1);  // the issuer was told
  }
}

TEST_CASE("a stopped wallet renews nothing and keeps what it holds") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  own.account.counter = own.profile.counter;
  world().send_well(
      world().json_request("POST", "/api/v1/revocations", {{"revocation_code", own.account.revocation_code}}), 200);
  CHECK(!wallet::renew(own.device.host, own.provider, card.id).has_value());
  CHECK(own.card().copies_left == 10);
}

TEST_CASE("a grant that is over is forgotten, and the card says that it cannot be renewed") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  auto grant = *own.grant(card.id);
  grant.refresh_token = "worn out";
  must(GrantStore(own.device.host).save(grant));
  CHECK(wallet::renew(own.device.host, own.provider, card.id).error().code == ErrorCode::wallet_not_renewable);
  CHECK(!own.grant(card.id).has_value());
  CHECK(wallet::renew(own.device.host, own.provider, card.id).error().code == ErrorCode::wallet_not_renewable);
  CHECK(!own.device.keys.signer(grant.dpop_key).has_value());
  CHECK(own.card().copies_left == 10);
  CHECK(wallet::renew(own.device.host, own.provider, "no-card").error().code == ErrorCode::not_found);
}

TEST_CASE("a refresh token goes to no other server than the one it came from") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  auto grant = *own.grant(card.id);
  grant.authorization_server = "https://elsewhere.example";  // as if the issuer had named another one since
  must(GrantStore(own.device.host).save(grant));
  const std::size_t sent = own.device.http.sent.size();
  CHECK(wallet::renew(own.device.host, own.provider, card.id).error().code == ErrorCode::oid4vci_issuer_mismatch);
  std::vector<std::string> asked;
  for (std::size_t i = sent; i < own.device.http.sent.size(); ++i) asked.push_back(own.device.http.sent[i].url);
  // A list of another issuer's signers that nobody has is asked for each time.
  std::erase(asked, std::string(kOrigin) + "/.well-known/mibun-trusted-crl/1");
  CHECK(asked == std::vector<std::string>{std::string(kOrigin) + "/.well-known/openid-credential-issuer"});
  CHECK(own.grant(card.id).has_value());
}

TEST_CASE("a renewal that fails waits longer each time, keeps the copies, and in the end is the person's") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  const wallet::Host& host = own.device.host;
  CardStore cards(own.device.store, own.device.keys);
  const auto by_time = [&] { return must(wallet::renew_on_time(host, own.provider, [](auto&&...) {})); };
  const auto plan = [&] { return must(wallet::plan_renewals(host)); };
  CHECK(plan().due.empty());
  CHECK(plan().next == wallet::due_from(card));
  for (int i = 0; i < 8; ++i) must(cards.spend(*must(cards.next_copy(card.id))));
  CHECK(plan().next == own.device.clock.now());

  std::vector<milliseconds> waits;
  for (unsigned failures = 1; failures <= 11; ++failures) {
    own.cut_after(0);
    const auto tried = by_time();
    own.mend();
    REQUIRE(tried.size() == 1);
    CHECK(tried[0].error->code == ErrorCode::http_connect_failed);
    REQUIRE(plan().due.size() == 1);
    const wallet::DueRenewal due = plan().due[0];
    CHECK(due.failures == failures);
    CHECK(due.failure == "http_connect_failed");
    CHECK(due.asks_person == !own.grant(card.id)->anonymous);
    CHECK(own.card().copies_left == 2);
    if (!plan().next) {
      CHECK(due.by_hand);
      break;
    }
    waits.push_back(*plan().next - own.device.clock.now());
    const std::size_t sent = own.device.http.sent.size();
    own.wait(waits.back() - milliseconds(1));
    CHECK(by_time().empty());  // not before its turn
    CHECK(own.device.http.sent.size() == sent);
    own.wait(milliseconds(1));
  }
  using std::chrono::hours, std::chrono::minutes;
  const hours day(24);
  CHECK(waits ==
        std::vector<milliseconds>{minutes(1), minutes(5), minutes(30), hours(2), hours(8), day, day, day, day, day});
  own.wait(day);
  CHECK(by_time().empty());
  CHECK(must(wallet::renew(host, own.provider, card.id)).copies_left == 10);  // the person asks
  CHECK(plan().due.empty());
  CHECK(own.grant(card.id)->renewal_failure.empty());
}

TEST_CASE("what time renews is told before it happens, and a card that was renewed just now waits a minute") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  const wallet::Host& host = own.device.host;
  own.wait(*wallet::due_from(card) - own.device.clock.now());
  std::vector<std::string> told;
  const auto renewed = must(wallet::renew_on_time(host, own.provider, [&](const auto& one, std::size_t which, auto of) {
    told.push_back(one.id + " " + std::to_string(which) + "/" + std::to_string(of));
    CHECK(own.card().expires_at == card.expires_at);
  }));
  CHECK(told == std::vector<std::string>{card.id + " 1/1"});
  REQUIRE(renewed.size() == 1);
  CHECK(!renewed[0].error.has_value());
  CardStore cards(own.device.store, own.device.keys);
  for (int i = 0; i < 8; ++i) must(cards.spend(*must(cards.next_copy(card.id))));
  CHECK(must(wallet::plan_renewals(host)).next == own.device.clock.now() + std::chrono::minutes(1));
  auto grant = *own.grant(card.id);
  grant.refresh_token.reset();  // nothing to come back with
  must(GrantStore(host).save(grant));
  CHECK(must(wallet::plan_renewals(host)).due.empty());
  CHECK(!must(wallet::plan_renewals(host)).next.has_value());
}

TEST_CASE("only what is due is renewed by itself") {
  ReturningWallet own;
  const wallet::Card card = own.hold();
  CHECK(must(wallet::renew_due(own.device.host, own.provider)).empty());
  CardStore cards(own.device.store, own.device.keys);
  for (int i = 0; i < 8; ++i) must(cards.spend(*must(cards.next_copy(card.id))));
  own.wait(std::chrono::hours(1));
  const auto renewals = must(wallet::renew_due(own.device.host, own.provider));
  REQUIRE(renewals.size() == 1);
  CHECK(!renewals[0].error.has_value());
  CHECK(own.card().copies_left == 10);
}

TEST_CASE(
    "oid4vci-1_0-wallet-test-credential-issuance-notification: the issuer hears of a stored card, and of a deleted "
    "one") {
  ReturningWallet own;
  const std::size_t keys = own.device.keys.keys.size();
  const wallet::Card card = own.hold();
  CHECK(own.count("card_stored") == 1);
  const auto copy = *must(CardStore(own.device.store, own.device.keys).next_copy(card.id));
  const SecretBytes pkcs8 = own.device.keys.keys.at(copy.key.value)->pkcs8();
  const HeldCard stolen{copy.credential, std::make_shared<crypto::P256PrivateKey>(
                                             must(crypto::P256PrivateKey::from_pkcs8(pkcs8.reveal())))};
  own.wait(std::chrono::hours(1));
  const AskedRequest asked = world().ask(world().shop);
  const auto request = world().fetch(asked);
  must(wallet::remove_card(own.device.host, own.provider, card.id));
  CHECK(own.count("card_deleted") == 1);
  CHECK(own.device.keys.keys.size() == keys);
  CHECK(must(CardStore(own.device.store, own.device.keys).list()).empty());
  CHECK(must(own.device.store.names("copy.")).empty());
  CHECK(must(own.device.store.names("grant.")).empty());
  CHECK(wallet::remove_card(own.device.host, own.provider, card.id).error().code == ErrorCode::not_found);

  // Whoever copied the card with its key before can show nothing: the issuer revoked it.
  CHECK(world().send(world().answer(asked, world().answer_form(request, stolen))).status() == 400);
  CHECK(last_logged_code() == "status_revoked");

  // Without a network it is deleted all the same.
  own.wait(std::chrono::hours(1));
  const wallet::Card second = own.hold();
  own.cut_after(0);
  must(wallet::remove_card(own.device.host, own.provider, second.id));
  own.mend();
  CHECK(own.device.keys.keys.size() == keys);
}

}  // namespace mibun::server
