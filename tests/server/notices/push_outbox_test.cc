#include "server/notices/push_outbox.h"

#include <doctest/doctest.h>

#include <deque>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/keyd/stored_signing_keys.h"
#include "server/migrations/migrations.h"
#include "server/notices/noticing_history.h"
#include "server/notices/service.h"
#include "tests/server/account_row.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// Notices and what is sent of them, with a push service that this test tells what to answer.
namespace mibun::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class SilentHistory final : public HistoryRecorder {
 public:
  Status record(database::Transaction&, const keyd::PersonId&, HistoryKind, const json::Object&) override { return {}; }
};

json::Object subscription(std::string endpoint = "https://push.example/1") {
  const auto key = crypto::P256PrivateKey::generate();
  return {{"endpoint", std::move(endpoint)},
          {"p256dh", base64url::encode(key.public_key().point())},
          {"auth", base64url::encode(Bytes(16, 7))}};
}

struct Room {
  Room() {
    must(keys->create_person_key(person));
    must(keys->create_person_key(other));
    open();
  }
  // As at a start of the server.
  void open() {
    outbox = std::make_unique<PushOutbox>(PushOutbox::Parts{*database, *keys, clock, rng},
                                          must(http::Destinations::these_and_public({"https://own.push.example:8443"})),
                                          *senders, "https://mibun.example");
    notices = std::make_unique<NoticeService>(*database, *keys, *outbox, clock, rng);
  }
  void notify(const keyd::PersonId& whom, NoticeKind kind = NoticeKind::case_approved) {
    must(database->write([&](database::Transaction& transaction) { return notices->notify(transaction, whom, kind); }));
  }
  // Whether there was something to send; what comes back is the next of `answers`.
  bool send() {
    return must(outbox->send_next([&](const HttpRequest& request) -> Result<HttpResponse> {
      sent.push_back(request);
      auto answer = std::move(answers.front());
      answers.pop_front();
      return answer;
    }));
  }
  void will_answer(int status) { answers.push_back(HttpResponse{status, {}, ""}); }
  void will_fail(ErrorCode code) { answers.push_back(fail(code, "push")); }
  std::int64_t count(std::string_view sql) {
    std::int64_t found = 0;
    must(database->read([&](database::Transaction& transaction) -> Status {
      MIBUN_TRY(const auto row, transaction.row(sql));
      found = row->integer(0);
      return {};
    }));
    return found;
  }
  std::int64_t waiting() { return count("SELECT COUNT(*) FROM push_outbox"); }
  std::int64_t subscriptions() { return count("SELECT COUNT(*) FROM push_subscriptions"); }

  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  std::unique_ptr<database::Database> database =
      must(database::Database::open(directory.file("mibun.db"), migrations()));
  std::unique_ptr<keyd::KeyHolder> keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
  std::shared_ptr<keyd::SigningKeys> signing_keys =
      must(keyd::StoredSigningKeys::open_files(directory.file("signing"), rng));
  std::unique_ptr<PushKeys> senders = must(PushKeys::open(signing_keys));
  std::unique_ptr<PushOutbox> outbox;
  std::unique_ptr<NoticeService> notices;
  Account account = account_row(*database, "person"), other_account = account_row(*database, "other");
  const keyd::PersonId person = account.id, other = other_account.id;
  std::vector<HttpRequest> sent;
  std::deque<Result<HttpResponse>> answers;
};

}  // namespace

TEST_CASE("a notice goes to the browser that wants to be told, once, and stands in the list whether or not") {
  Room room;
  room.notify(room.person);  // nobody is to be told of this one
  must(room.outbox->subscribe(room.account, subscription()));
  CHECK_FALSE(room.send());
  room.notify(room.person, NoticeKind::case_rejected);
  room.notify(room.other);
  room.will_answer(201);
  CHECK(room.send());
  CHECK_FALSE(room.send());
  REQUIRE(room.sent.size() == 1);
  CHECK(room.sent[0].url == "https://push.example/1");
  const json::Array listed = must(room.notices->list(room.person));
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].as_object().at("kind") == "case_rejected");
  CHECK(listed[1].as_object().at("kind") == "case_approved");
  CHECK(must(room.notices->list(room.other)).size() == 1);
}

TEST_CASE("what waits to be sent is still there after a restart, and is sealed") {
  Room room;
  must(room.outbox->subscribe(room.account, subscription()));
  room.notify(room.person);
  room.open();
  CHECK(room.count("SELECT COUNT(*) FROM push_outbox WHERE instr(CAST(sealed AS TEXT), 'case_') > 0") == 0);
  CHECK(room.count("SELECT COUNT(*) FROM push_subscriptions WHERE instr(CAST(sealed AS TEXT), 'push.') > 0") == 0);
  CHECK(room.count("SELECT COUNT(*) FROM notices WHERE instr(CAST(sealed AS TEXT), 'case_') > 0") == 0);
  room.will_answer(201);
  CHECK(room.send());
  CHECK(room.sent.size() == 1);
}

TEST_CASE("a notice whose effect was undone is neither listed nor sent") {
  Room room;
  must(room.outbox->subscribe(room.account, subscription()));
  const Status undone = room.database->write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(room.notices->notify(transaction, room.person, NoticeKind::case_approved));
    return fail(ErrorCode::case_wrong_state, "case");
  });
  CHECK_FALSE(undone.has_value());
  CHECK_FALSE(room.send());
  CHECK(must(room.notices->list(room.person)).empty());
}

TEST_CASE("a push service that is away is asked again, ever later, and six times in all") {
  Room room;
  must(room.outbox->subscribe(room.account, subscription()));
  room.notify(room.person);
  constexpr minutes kWaits[] = {minutes(1), minutes(5), minutes(30), minutes(120), minutes(480)};
  for (const minutes wait : kWaits) {
    wait == minutes(5) ? room.will_fail(ErrorCode::http_timeout) : room.will_answer(503);
    CHECK(room.send());
    room.clock.advance(wait - milliseconds(1));
    CHECK_FALSE(room.send());
    room.clock.advance(milliseconds(1));
  }
  room.will_answer(429);
  CHECK(room.send());
  room.clock.advance(hours(1000));
  CHECK_FALSE(room.send());
  CHECK(room.sent.size() == 6);
  CHECK(room.waiting() == 0);
  CHECK(room.subscriptions() == 1);  // the next notice is tried as the first was
}

TEST_CASE("a subscription that is gone, or leads where nothing may go, ends with all that waits for it") {
  for (const int status : {404, 410, 0}) {
    CAPTURE(status);
    Room room;
    must(room.outbox->subscribe(room.account, subscription()));
    must(room.outbox->subscribe(room.other_account, subscription("https://push.example/2")));
    room.notify(room.person);
    room.notify(room.person);
    room.notify(room.other);
    status == 0 ? room.will_fail(ErrorCode::http_address_not_allowed) : room.will_answer(status);
    CHECK(room.send());
    CHECK(room.waiting() == 1);
    CHECK(room.subscriptions() == 1);
    room.will_answer(201);
    CHECK(room.send());
    CHECK(room.sent.back().url == "https://push.example/2");
  }
}

TEST_CASE("what the old subscription answers does not end the new one") {
  Room room;
  must(room.outbox->subscribe(room.account, subscription()));
  room.notify(room.person);
  CHECK(must(room.outbox->send_next([&](const HttpRequest&) -> Result<HttpResponse> {
    must(room.outbox->subscribe(room.account, subscription("https://push.example/new")));
    return HttpResponse{410, {}, ""};
  })));
  CHECK(room.subscriptions() == 1);
  room.notify(room.person);
  room.will_answer(201);
  CHECK(room.send());
  CHECK(room.sent.back().url == "https://push.example/new");
}

TEST_CASE("who no longer wants to be told is not, and an erased person leaves nothing here") {
  Room room;
  for (const bool erased : {false, true}) {
    CAPTURE(erased);
    must(room.outbox->subscribe(room.account, subscription()));
    room.notify(room.person);
    if (erased) {
      must(room.database->write([&](database::Transaction& transaction) -> Status {
        MIBUN_CHECK(room.outbox->erase(transaction, room.person));
        return room.notices->erase(transaction, room.person);
      }));
    } else {
      must(room.outbox->unsubscribe(room.person));
      must(room.outbox->unsubscribe(room.person));
    }
    CHECK(room.waiting() == 0);
    CHECK(room.subscriptions() == 0);
    CHECK_FALSE(room.send());
  }
  CHECK(room.count("SELECT COUNT(*) FROM notices") == 0);
}

TEST_CASE("notices go to a name in the public internet, or to an origin of the configuration, and nowhere else") {
  Room room;
  for (const char* allowed : {"https://push.example/x", "https://own.push.example:8443/x"}) {
    INFO(allowed);
    CHECK(room.outbox->subscribe(room.account, subscription(allowed)).has_value());
  }
  for (const char* refused :
       {"http://push.example/x", "https://localhost/x", "https://push.example:8443/x", "https://127.0.0.1/x",
        "https://[::1]/x", "https://169.254.169.254/latest", "https://8.8.8.8/x", "https://printer/x",
        "https://db.internal/x", "https://a@push.example/x", "https://own.push.example:8444/x", "ftp://push.example/x",
        "push", ""}) {
    INFO(refused);
    CHECK(code_of(room.outbox->subscribe(room.account, subscription(refused))) == ErrorCode::push_endpoint_not_allowed);
  }
}

TEST_CASE("a notice is read once and for all by the person it is for, and by nobody else") {
  Room room;
  room.notify(room.person);
  const std::string id(must(room.notices->list(room.person))[0].as_object().at("id").as_string());
  CHECK(code_of(room.notices->mark_read(room.other, id)) == ErrorCode::notice_not_found);
  CHECK(code_of(room.notices->mark_read(room.person, "AAAAAAAAAAAAAAAAAAAAAA")) == ErrorCode::notice_not_found);
  CHECK_FALSE(must(room.notices->list(room.person))[0].as_object().at("read").as_bool());
  must(room.notices->mark_read(room.person, id));
  must(room.notices->mark_read(room.person, id));
  CHECK(must(room.notices->list(room.person))[0].as_object().at("read").as_bool());
}

TEST_CASE("what others did to a person becomes a notice with its place in the history; the rest does not") {
  Room room;
  SilentHistory history;
  NoticingHistory noticing(history, *room.notices);
  const auto record = [&](HistoryKind kind) {
    must(room.database->write(
        [&](database::Transaction& transaction) { return noticing.record(transaction, room.person, kind, {}); }));
  };
  for (const HistoryKind kind : {HistoryKind::registered, HistoryKind::proofing_started, HistoryKind::evidence_accepted,
                                 HistoryKind::card_offered, HistoryKind::card_received, HistoryKind::card_deleted}) {
    record(kind);
  }
  CHECK(must(room.notices->list(room.person)).empty());
  for (const HistoryKind kind :
       {HistoryKind::proofing_approved, HistoryKind::proofing_rejected, HistoryKind::card_revoked}) {
    record(kind);
  }
  const json::Array listed = must(room.notices->list(room.person));
  REQUIRE(listed.size() == 3);
  CHECK(listed[0].as_object().at("kind") == "card_revoked");
  CHECK(listed[1].as_object().at("kind") == "case_rejected");
  CHECK(listed[2].as_object().at("kind") == "case_approved");
}

TEST_CASE("a request of the old device that was under way while its wallet moved subscribes no browser") {
  Room room;
  const Account moved = moved_row(*room.database, room.account);
  CHECK(code_of(room.outbox->subscribe(room.account, subscription())) == ErrorCode::assertion_invalid);
  CHECK(room.subscriptions() == 0);
  must(room.outbox->subscribe(moved, subscription()));
  CHECK(room.subscriptions() == 1);
}

namespace {

// The key that a message says it is signed by.
std::string sender_of(const HttpRequest& request) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == "Authorization") return header.value.substr(header.value.find(", k=") + 4);
  }
  return {};
}

}  // namespace

TEST_CASE("whoever subscribed to a key of before is served with it until they subscribe again, and then it goes") {
  Room room;
  const std::string old_key = room.outbox->public_key();
  const auto with_key = [](const std::string& key, const char* endpoint) {
    json::Object browser = subscription(endpoint);
    browser["key"] = key;
    return browser;
  };
  must(room.outbox->subscribe(room.account, with_key(old_key, "https://push.example/1")));
  must(room.outbox->subscribe(room.other_account, subscription("https://push.example/2")));  // does not say
  must(room.signing_keys->create({"push-sender", 2}));
  REQUIRE(must(room.senders->is_due()));
  must(room.senders->renew());
  CHECK(!must(room.senders->is_due()));
  const std::string new_key = room.outbox->public_key();
  CHECK(new_key != old_key);
  CHECK(must(room.outbox->unused_senders()).empty());

  // A page that asked for the key just before, and whatever else is no key of now.
  for (const std::string& key : {old_key, std::string(), std::string("x")}) {
    CHECK(code_of(room.outbox->subscribe(room.account, with_key(key, "https://push.example/3"))) ==
          ErrorCode::push_endpoint_not_allowed);
  }
  json::Object odd = subscription();
  odd["key"] = 1;
  CHECK(code_of(room.outbox->subscribe(room.account, odd)) == ErrorCode::push_endpoint_not_allowed);

  room.notify(room.person);
  room.notify(room.other);
  must(room.outbox->subscribe(room.other_account, with_key(new_key, "https://push.example/2")));
  room.will_answer(201);
  room.will_answer(201);
  CHECK((room.send() && room.send()));
  REQUIRE(room.sent.size() == 2);
  for (const HttpRequest& sent : room.sent) {
    CHECK(sender_of(sent) == (sent.url == "https://push.example/1" ? old_key : new_key));
  }
  CHECK(must(room.outbox->unused_senders()).empty());

  // A new start knows both.
  room.outbox.reset();
  room.senders = must(PushKeys::open(room.signing_keys));
  room.open();
  CHECK(room.outbox->public_key() == new_key);
  room.notify(room.person);
  room.will_answer(201);
  CHECK(room.send());
  CHECK(sender_of(room.sent.back()) == old_key);

  must(room.outbox->subscribe(room.account, with_key(new_key, "https://push.example/1")));
  CHECK(must(room.outbox->unused_senders()) == std::vector<std::uint32_t>{1});
  must(room.senders->retire(1));
  CHECK(must(room.outbox->unused_senders()).empty());
  room.notify(room.person);
  room.will_answer(201);
  CHECK(room.send());
  CHECK(sender_of(room.sent.back()) == new_key);
  CHECK(code_of(room.senders->retire(2)) == ErrorCode::keyd_purpose_not_allowed);
}

TEST_CASE("a subscription to a key that is no more ends, and nothing is sent") {
  for (const bool known : {true, false}) {
    INFO(known);
    Room room;
    must(room.outbox->subscribe(room.account, subscription()));
    must(room.signing_keys->create({"push-sender", 2}));
    must(room.senders->renew());
    // By this server; or by another one, which this server has not heard of.
    must(known ? room.senders->retire(1) : room.signing_keys->retire({"push-sender", 1}));
    room.notify(room.person);
    CHECK(room.send());
    CHECK(room.sent.empty());
    CHECK(room.subscriptions() == 0);
    CHECK(room.waiting() == 0);
  }
}

}  // namespace mibun::server
