#include "wallet/card_status.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/jose/jws.h"
#include "core/sd_jwt/issuer.h"
#include "core/status_list/status_token.h"
#include "tests/core/oid4vp/world.h"
#include "tests/wallet/test_country.h"
#include "tests/wallet/test_device.h"
#include "wallet/grants.h"
#include "wallet/history.h"
#include "wallet/renewal_plan.h"

namespace mibun::wallet {
namespace {

using Purpose = crypto::CertificatePurpose;
using Said = CardStatus::Said;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view kUri = "https://issuer.example/status/1";
constexpr std::string_view kVct = "urn:mibun:identity:1";
constexpr std::size_t kSize = 64;

// A wallet with cards of one issuer, which keeps one list.
struct World {
  TestDevice device;
  CardStore cards{device.store, device.keys};
  TestAuthority authority{"issuers"}, strangers{"strangers"};
  TestSigner issuer{authority, Purpose::credential_issuer, "issuer.example"};
  TestSigner another{authority, Purpose::credential_issuer, "other.example"};
  TestSigner stranger{strangers, Purpose::credential_issuer, "issuer.example"};
  Country country;
  TestSigner document_signer = country.document_signer();
  status_list::StatusList list = must(status_list::StatusList::make(2, kSize));
  seconds ttl = minutes(10);
  Instant expires_at = kTestNow + hours(24 * 30);

  explicit World(std::string_view iss = "https://issuer.example") {
    const std::string anchors = pem_list(authority);
    const std::string iaca = json::serialize(json::Array{json::Value(country.iaca.pem())});
    must(device.store.write("trust", R"({"credential_issuer":)" + anchors + R"(,"iaca":)" + iaca +
                                         R"(,"verifier_access":[],"registrar":[],"receipt":[],"trusted_issuers":[)" +
                                         R"({"format":"dc+sd-jwt","types":[")" + std::string(kVct) +
                                         R"("],"anchors":)" + anchors + R"(,"iss":[")" + std::string(iss) +
                                         R"("]},{"format":"mso_mdoc","types":[")" + std::string(oid4vp::kDocType) +
                                         R"("],"anchors":)" + iaca + "}]}"));
    serve();
  }

  void serve() {
    device.http.answer = [this](const HttpRequest&) { return answer(token(issuer)); };
  }
  std::string token(const TestSigner& by, std::string_view uri = kUri) const {
    const Instant now = device.clock.now();
    return must(status_list::issue_status_list_token(
        uri, {.issued_at = now, .expires_at = now + hours(24), .time_to_live = ttl}, list, by.key, by.chain));
  }
  static Result<HttpResponse> answer(std::string body, std::string type = "application/statuslist+jwt") {
    return HttpResponse{200, {{"Content-Type", std::move(type)}}, std::move(body)};
  }

  // A copy for each index.
  void add(const std::string& id, const std::vector<std::uint64_t>& indexes) {
    must(cards.add(card(id), copies(indexes)));
  }
  Card card(const std::string& id) const {
    Card card;
    card.id = id;
    card.type = kVct;
    card.issuer = "https://issuer.example";
    card.issuer_name_ja = "発行者";
    card.received_at = kTestNow;
    card.expires_at = expires_at;
    return card;
  }
  std::vector<NewCopy> copies(const std::vector<std::uint64_t>& indexes) {
    std::vector<NewCopy> made;
    for (const std::uint64_t index : indexes) {
      const KeyId key = must(device.keys.make_key());
      json::Object clear{{"iss", "https://issuer.example"}, {"vct", kVct}};
      clear["cnf"] = sd_jwt::confirmation(must(device.keys.signer(key))->public_key());
      clear["status"] = status_list::StatusReference{.uri = std::string(kUri), .index = index, .issuer = {}}.to_json();
      made.push_back({must(sd_jwt::issue({.clear_claims = clear, .disclosable = {{"given_name", "花子"}}}, issuer.key,
                                         issuer.chain, device.rng)),
                      key});
    }
    return made;
  }
  void add_mdoc(const std::string& id, std::uint64_t index) {
    const KeyId key = must(device.keys.make_key());
    Card mdoc = card(id);
    mdoc.format = dcql::kMdocFormat;
    mdoc.type = oid4vp::kDocType;
    mdoc.issuer = "Test";
    const auto keeps = [index](mdoc::IssueRequest& request) { request.status = {index, std::string(kUri)}; };
    must(cards.add(
        mdoc,
        {{oid4vp::issue_mdoc(document_signer, must(device.keys.signer(key))->public_key(), device.rng, keeps), key}}));
  }

  StatusRound check() { return must(check_card_status(device.host)); }
  // After the time has come again.
  StatusRound check_later() {
    device.clock.advance(ttl);
    return check();
  }
  CardStatus status(std::string_view id = "a") {
    const auto listed = must(cards.list());
    return std::ranges::find(listed, id, &Card::id)->status;
  }
  std::vector<std::string> history() {
    std::vector<std::string> kinds;
    for (const HistoryEvent& event : must(HistoryBook(device.host).list())) kinds.push_back(event.kind);
    return kinds;
  }
  std::size_t offered() { return must(SpendingCardBox::open(cards, device.keys, device.clock.now())).cards().size(); }
};

}  // namespace

TEST_CASE("a card is as the whole list says; it is asked for once, and nothing that is sent names the card") {
  World world;
  world.add("a", {5, 6, 7});
  world.add("b", {50});
  CHECK(world.status() == CardStatus{});
  const StatusRound round = world.check();
  CHECK(round.changed.empty());
  CHECK(round.next == kTestNow + world.ttl);
  CHECK(world.status().said == Said::valid);
  CHECK(world.status("b").said == Said::valid);
  CHECK(world.status().checked_at == kTestNow);
  CHECK(world.history().empty());
  REQUIRE(world.device.http.sent.size() == 1);
  const HttpRequest& sent = world.device.http.sent[0];
  CHECK(sent.method == "GET");
  CHECK(sent.url == kUri);
  CHECK(sent.body.empty());
  REQUIRE(sent.headers.size() == 1);
  CHECK(sent.headers[0].name == "Accept");
  CHECK(sent.headers[0].value == "application/statuslist+jwt, application/statuslist+cwt");
}

TEST_CASE("one copy that is left and was revoked revokes the card; one that was shown before does not") {
  for (const std::uint64_t revoked : {5U, 6U, 7U}) {
    CAPTURE(revoked);
    World world;
    world.add("a", {5, 6, 7});
    must(world.list.set(revoked, status_list::kInvalid));
    const StatusRound round = world.check();
    REQUIRE(round.changed.size() == 1);
    CHECK(round.changed[0].id == "a");
    CHECK(world.status().said == Said::revoked);
    CHECK(world.history() == std::vector<std::string>{"card_revoked"});
  }
  World world;
  world.add("a", {5, 6, 7});
  must(world.cards.spend(*must(world.cards.next_copy("a"))));
  must(world.list.set(5, status_list::kInvalid));
  CHECK(world.check().changed.empty());
  CHECK(world.status().said == Said::valid);
  CHECK(world.offered() == 1);
}

TEST_CASE("the worst that is said of a copy is said of the card") {
  struct Row {
    std::uint8_t first, second;
    Said want;
  };
  using namespace status_list;
  for (const Row& row : {Row{kSuspended, kInvalid, Said::revoked}, Row{kInvalid, kSuspended, Said::revoked},
                         Row{kSuspended, kValid, Said::suspended}, Row{kValid, kSuspended, Said::suspended},
                         Row{3, kSuspended, Said::suspended}, Row{kInvalid, 3, Said::revoked}}) {
    World world;
    world.add("a", {1, 2});
    must(world.list.set(1, row.first));
    must(world.list.set(2, row.second));
    (void)world.check();
    CHECK(world.status().said == row.want);
    CHECK(world.status().failure.empty());
  }
}

TEST_CASE("a revoked card is not offered for sharing, and not asked about again; a renewed one is") {
  World world;
  world.add("a", {5});
  world.add("b", {6});
  CHECK(world.offered() == 2);
  must(world.list.set(5, status_list::kInvalid));
  (void)world.check();
  CHECK(world.offered() == 1);
  CHECK(code_of(world.cards.check_not_stopped("a")) == ErrorCode::status_revoked);
  must(world.cards.check_not_stopped("b"));

  must(world.cards.remove("b"));
  must(world.list.set(5, status_list::kValid));
  const std::size_t sent = world.device.http.sent.size();
  const StatusRound round = world.check_later();
  CHECK(!round.next);
  CHECK(world.device.http.sent.size() == sent);
  CHECK(world.status().said == Said::revoked);

  const Card renewed = must(world.cards.list())[0];
  must(world.cards.replace(renewed, world.copies({9})));
  CHECK(world.status() == CardStatus{});
  CHECK(world.offered() == 1);
  (void)world.check();
  CHECK(world.status().said == Said::valid);
}

TEST_CASE("a suspended card is not offered until its issuer lifts that; the history has both") {
  World world;
  world.add("a", {5});
  (void)world.check();
  must(world.list.set(5, status_list::kSuspended));
  CHECK(world.check_later().changed.size() == 1);
  CHECK(world.offered() == 0);
  CHECK(code_of(world.cards.check_not_stopped("a")) == ErrorCode::status_suspended);
  CHECK(world.check_later().changed.empty());
  must(world.list.set(5, status_list::kValid));
  CHECK(world.check_later().changed.size() == 1);
  CHECK(world.offered() == 1);
  CHECK(world.history() == std::vector<std::string>{"card_suspended", "card_valid_again"});
  CHECK(must(HistoryBook(world.device.host).list()).at(0).partner_ja == "発行者");
}

TEST_CASE("a card that is stopped while a question stands open gives no signature, and loses no copy") {
  World world;
  world.add("a", {5, 6});
  auto box = must(SpendingCardBox::open(world.cards, world.device.keys, kTestNow));
  must(world.list.set(6, status_list::kSuspended));
  (void)world.check();
  CHECK(code_of(box.signer(*box.cards()[0])) == ErrorCode::status_suspended);
  CHECK(must(world.cards.list())[0].copies_left == 2);
}

TEST_CASE("a list is asked for no sooner than its ttl, whatever the clock does") {
  struct Row {
    seconds ttl, want;
  };
  for (const Row& row : {Row{minutes(10), minutes(10)}, Row{seconds(1), minutes(1)}, Row{hours(24 * 365), hours(24)}}) {
    CAPTURE(row.ttl.count());
    World world;
    world.ttl = row.ttl;
    world.add("a", {5});
    const Instant turn = kTestNow + row.want;
    CHECK(world.check().next == turn);
    world.device.clock.set(turn - milliseconds(1));
    CHECK(world.check().next == turn);
    CHECK(world.device.http.sent.size() == 1);
    world.device.clock.set(turn);
    (void)world.check();
    CHECK(world.device.http.sent.size() == 2);
    world.device.clock.set(kTestNow - hours(48));
    (void)world.check();
    CHECK(world.device.http.sent.size() == 3);
  }
}

TEST_CASE("a list without a ttl is asked for again after an hour") {
  World world;
  world.add("a", {5});
  world.device.http.answer = [&](const HttpRequest&) {
    return world.answer(must(jose::sign_jws(
        {{"typ", status_list::kStatusTokenType}, {"x5c", jose::x5c_member(world.issuer.chain)}},
        {{"sub", kUri}, {"iat", kTestNow.unix_seconds()}, {"status_list", world.list.to_json()}}, world.issuer.key)));
  };
  CHECK(world.check().next == kTestNow + hours(1));
  CHECK(world.status().said == Said::valid);
}

TEST_CASE("a card that has expired, is used up, or whose issuer keeps no list is not asked about") {
  World world;
  world.expires_at = kTestNow;
  world.add("expired", {1});
  world.expires_at = kTestNow + hours(1);
  world.add("used up", {2});
  must(world.cards.spend(*must(world.cards.next_copy("used up"))));
  const KeyId key = must(world.device.keys.make_key());
  json::Object clear{{"iss", "https://issuer.example"}, {"vct", kVct}};
  clear["cnf"] = sd_jwt::confirmation(must(world.device.keys.signer(key))->public_key());
  must(world.cards.add(
      world.card("listless"),
      {{must(sd_jwt::issue({.clear_claims = clear}, world.issuer.key, world.issuer.chain, world.device.rng)), key}}));
  CHECK(!world.check().next);
  CHECK(world.device.http.sent.empty());
  for (const Card& card : must(world.cards.list())) CHECK(card.status == CardStatus{});
}

// What a list does not prove is not claimed.
TEST_CASE("a list that cannot be had, or does not hold, changes nothing that was known") {
  struct Row {
    std::string_view why;
    ErrorCode want;
    std::function<Result<HttpResponse>(World&)> answer;
  };
  const auto spoiled = [](std::string text) {
    char& last = text[text.size() - 20];  // of the signature
    last = last == 'A' ? 'B' : 'A';
    return text;
  };
  const Row rows[] = {
      {"nobody answers", ErrorCode::http_connect_failed,
       [](World&) -> Result<HttpResponse> { return fail(ErrorCode::http_connect_failed); }},
      {"larger than what is read", ErrorCode::http_response_too_large,
       [](World&) -> Result<HttpResponse> { return fail(ErrorCode::http_response_too_large); }},
      {"no such list", ErrorCode::http_status_unexpected,
       [](World&) { return Result<HttpResponse>(json_response(404, "{}")); }},
      {"a page in its place", ErrorCode::status_list_malformed,
       [](World& world) { return World::answer(world.token(world.issuer), "text/html"); }},
      {"no token", ErrorCode::jws_malformed, [](World&) { return World::answer("list"); }},
      {"another issuer's list, who is believed as well", ErrorCode::jwt_issuer_mismatch,
       [](World& world) { return World::answer(world.token(world.another)); }},
      {"a stranger's, under the issuer's name", ErrorCode::certificate_untrusted,
       [](World& world) { return World::answer(world.token(world.stranger)); }},
      {"a byte changed", ErrorCode::jws_signature_invalid,
       [&](World& world) { return World::answer(spoiled(world.token(world.issuer))); }},
      {"the issuer's list of other cards", ErrorCode::status_list_subject_mismatch,
       [](World& world) { return World::answer(world.token(world.issuer, "https://issuer.example/status/2")); }},
      {"a list of yesterday", ErrorCode::status_list_expired,
       [](World& world) {
         const Instant then = world.device.clock.now() - hours(24);
         return World::answer(must(status_list::issue_status_list_token(
             kUri, {.issued_at = then - hours(1), .expires_at = then, .time_to_live = world.ttl}, world.list,
             world.issuer.key, world.issuer.chain)));
       }},
      {"a list that ends before the card", ErrorCode::status_list_index_out_of_range,
       [](World& world) {
         world.list = must(status_list::StatusList::make(2, 4));
         return World::answer(world.token(world.issuer));
       }},
      {"a list that would fill the memory", ErrorCode::zlib_too_large,
       [](World& world) {
         status_list::CompressedStatusList bomb{
             .bits = 1,
             .compressed = zlib::deflate(Bytes(status_list::kInflatedBytesMax + 1), zlib::Effort::quick),
             .aggregation_uri = {}};
         const Instant now = world.device.clock.now();
         return World::answer(must(status_list::issue_status_list_token(
             kUri, {.issued_at = now, .expires_at = now + hours(1), .time_to_live = world.ttl}, bomb, world.issuer.key,
             world.issuer.chain)));
       }},
      {"a status that nobody here knows", ErrorCode::status_unknown_value,
       [](World& world) {
         must(world.list.set(5, 3));
         return World::answer(world.token(world.issuer));
       }},
  };
  for (const std::uint8_t known : {status_list::kValid, status_list::kSuspended}) {
    for (const Row& row : rows) {
      CAPTURE(known);
      INFO(row.why);
      World world;
      world.add("a", {5});
      must(world.list.set(5, known));
      (void)world.check();
      const CardStatus before = world.status();
      const auto events = world.history();
      world.device.clock.advance(world.ttl);
      world.device.http.answer = [&](const HttpRequest&) { return row.answer(world); };
      const StatusRound round = world.check();
      CHECK(round.changed.empty());
      CHECK(world.status().said == before.said);
      CHECK(world.status().checked_at == before.checked_at);
      CHECK(world.status().failure == to_string(row.want));
      CHECK(world.history() == events);
      CHECK(world.offered() == (known == status_list::kValid ? 1U : 0U));
      // And not again at once, but soon.
      CHECK(round.next == world.device.clock.now() + minutes(1));
      const std::size_t sent = world.device.http.sent.size();
      (void)world.check();
      CHECK(world.device.http.sent.size() == sent);
    }
  }
}

TEST_CASE("a card that cannot be read keeps no other from being asked about") {
  World world;
  world.add("a", {5});
  world.add("b", {6});
  const UnusedCopy copy = must(world.cards.next_copy("b")).value();
  must(world.device.store.write(copy.record, R"({"state":"unused","key":"k","credential":"no card"})"));
  must(world.list.set(5, status_list::kInvalid));
  CHECK(world.check().changed.size() == 1);
  CHECK(world.status("a").said == Said::revoked);
  CHECK(world.status("b") == CardStatus{});
}

TEST_CASE("what is known again after a failure is said again, without it") {
  World world;
  world.add("a", {5});
  world.device.http.answer = [](const HttpRequest&) -> Result<HttpResponse> { return fail(ErrorCode::http_timeout); };
  CHECK(world.check().changed.empty());
  CHECK(world.status().said == Said::nothing);
  CHECK(!world.status().checked_at);
  CHECK(world.offered() == 1);  // nothing is known against it
  world.serve();
  world.device.clock.advance(minutes(1));
  (void)world.check();
  CHECK(world.status().said == Said::valid);
  CHECK(world.status().failure.empty());
}

TEST_CASE("nothing is fetched for a card whose issuer nobody believes any more") {
  World world("https://successor.example");
  world.add("a", {5});
  (void)world.check();
  CHECK(world.device.http.sent.empty());
  CHECK(world.status().failure == "certificate_untrusted_for_type");
}

TEST_CASE("an mdoc's list is signed by whom its host belongs to, or below its document signers' anchors") {
  struct Row {
    std::string_view why;
    std::function<const TestSigner&(World&)> signer;
    std::string_view failure;
  };
  const Row rows[] = {
      {"a card issuer of the list's host", [](World& world) -> const TestSigner& { return world.issuer; }, ""},
      {"the document signer", [](World& world) -> const TestSigner& { return world.document_signer; }, ""},
      {"a card issuer of another host", [](World& world) -> const TestSigner& { return world.another; },
       "jwt_issuer_mismatch"},
      {"a stranger", [](World& world) -> const TestSigner& { return world.stranger; }, "certificate_untrusted"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    world.add_mdoc("m", 7);
    must(world.list.set(7, status_list::kInvalid));
    world.device.http.answer = [&](const HttpRequest&) { return World::answer(world.token(row.signer(world))); };
    (void)world.check();
    CHECK(world.status("m").failure == row.failure);
    CHECK((world.status("m").said == Said::revoked) == row.failure.empty());
  }
}

TEST_CASE("a list as a CWT is read like one as a JWT") {
  World world;
  world.add("a", {5});
  must(world.list.set(5, status_list::kInvalid));
  world.device.http.answer = [&](const HttpRequest&) {
    const Bytes cwt = must(status_list::issue_status_list_cwt(
        kUri, {.issued_at = kTestNow, .expires_at = kTestNow + hours(1), .time_to_live = world.ttl},
        world.list.compress(), world.issuer.key, world.issuer.chain));
    return World::answer(std::string(as_text(cwt)), "application/statuslist+cwt");
  };
  (void)world.check();
  CHECK(world.status().said == Said::revoked);
}

TEST_CASE("a status of copies that were replaced meanwhile is not kept") {
  World world;
  world.add("a", {5});
  const Card before = must(world.cards.list())[0];
  must(world.cards.replace(before, world.copies({6})));
  must(world.cards.keep_status(before,
                               {.said = Said::revoked, .checked_at = kTestNow, .failure = {}, .ask_again_at = {}}));
  CHECK(world.status() == CardStatus{});
}

TEST_CASE("a card that its issuer stopped is not renewed without anybody asking") {
  World world;
  world.add("a", {5});
  must(GrantStore(world.device.host)
           .save({.card_id = "a",
                  .credential_issuer = "https://issuer.example",
                  .authorization_server = "https://issuer.example",
                  .configuration_id = "card",
                  .anonymous = true,
                  .dpop_key = must(world.device.keys.make_key()),
                  .instance_key = must(world.device.keys.make_key()),
                  .refresh_token = "token",
                  .notification_id = {}}));
  const Instant then = world.expires_at - hours(1);
  world.device.clock.set(then);
  CHECK(must(plan_renewals(world.device.host)).due.size() == 1);
  must(world.list.set(5, status_list::kSuspended));
  (void)world.check();
  CHECK(must(plan_renewals(world.device.host)).due.empty());
}

}  // namespace mibun::wallet
