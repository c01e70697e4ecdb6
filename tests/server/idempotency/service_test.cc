#include "server/idempotency/service.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "server/api/planned_answer.h"
#include "server/api/problem.h"
#include "server/migrations/migrations.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// What is guaranteed when the program ends in the middle, and what the table says to whoever steals it.
namespace mibun::server {
namespace {

constexpr std::string_view kKey = "8e03978e-40d5-43e8-bc93-6894a57f9324";
constexpr std::string_view kSecret = "kanaria-henji-5417";

// A disk that ends at the Nth write from now.
class EndingDatabase final : public database::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  Status write(const std::function<Status(database::Transaction&)>& work) override {
    if (left == 0) return fail(ErrorCode::database_error, "write", "the end");
    --left;
    return below().write(work);
  }
  std::size_t left = 1'000'000;
};

constexpr database::Migration kEffects{999, "0999_effects", "CREATE TABLE effects (what TEXT NOT NULL)"};

struct Site {
  explicit Site(IdempotencyLimits limits_in = {}) : limits(limits_in) {
    std::vector<database::Migration> all(migrations().begin(), migrations().end());
    all.push_back(kEffects);
    disk = must(database::Database::open(directory.file("db"), all));
    keys = must(keyd::open_embedded_key_holder(directory.file("keyd"), rng));
    must(keys->create_person_key({"person"}));
    start();
  }
  // As a program that is started again: what it had in mind is gone, what is on disk is there.
  void start() {
    ending = std::make_unique<EndingDatabase>(*disk);
    idempotency = std::make_unique<Idempotency>(*ending, *keys, clock, rng, limits);
    marked = std::make_unique<MarkedDatabase>(*ending, *idempotency);
    must(idempotency->open());
  }

  struct Sent {
    std::string caller = "account:person";
    std::string body = "{}", proof = "proof-1";
    std::string key{kKey};
    std::string bearer = {};  // of a stranger: a secret of theirs
    int writes = 1;
    std::string answer{kSecret};
    std::optional<std::string> planned = {};  // what the handler says before it writes that it will answer
  };
  ServerResponse send(const Sent& sent) { return send_through(*idempotency, *marked, sent); }
  ServerResponse send_through(Idempotency& through, MarkedDatabase& store, const Sent& sent) {
    ServerRequest request;
    request.method = "POST";
    request.target = request.path = "/api/v1/things";
    request.body = sent.body;
    const std::string quoted = "\"" + sent.key + "\"";
    request.headers = {{"Idempotency-Key", quoted}};
    if (sent.caller != "anonymous") request.headers.emplace_back("Mibun-Assertion", sent.proof);
    if (!sent.bearer.empty()) request.headers.emplace_back("Authorization", sent.bearer);
    const http::Route route{.method = "POST", .pattern = "/api/v1/things", .handler = {}};
    return through.around(route, request, [&]() -> ServerResponse {
      ++ran;
      const auto done = act(through, store, sent);
      if (!done) return refuse(done.error(), request);
      return answer_of(sent.answer);
    });
  }
  static ServerResponse answer_of(const std::string& body) {
    ServerResponse response;
    response.status = 201;
    response.content_type = "application/json";
    response.headers = {{"Cache-Control", "no-store"}};
    response.body = body;
    return response;
  }
  Status act(Idempotency& through, MarkedDatabase& store, const Sent& sent) {
    if (sent.caller != "anonymous") {
      std::optional<keyd::PersonId> person;
      if (sent.caller.starts_with("account:")) person = keyd::PersonId{sent.caller.substr(8)};
      MIBUN_CHECK(through.caller_is(sent.caller, person));
    }
    if (meanwhile) meanwhile();
    if (sent.planned) PlannedAnswer::is(answer_of(*sent.planned));
    for (int i = 0; i < sent.writes; ++i) {
      MIBUN_CHECK(store.write([](database::Transaction& transaction) -> Status {
        MIBUN_CHECK(transaction.run("INSERT INTO effects (what) VALUES ('one')"));
        return {};
      }));
    }
    return {};
  }
  std::int64_t effects() const { return must(disk->row("SELECT count(*) FROM effects"))->integer(0); }
  std::int64_t rows() const { return must(disk->row("SELECT count(*) FROM idempotency_keys"))->integer(0); }

  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  IdempotencyLimits limits;
  std::unique_ptr<database::Database> disk;
  std::unique_ptr<keyd::KeyHolder> keys;
  std::unique_ptr<EndingDatabase> ending;
  std::unique_ptr<Idempotency> idempotency;
  std::unique_ptr<MarkedDatabase> marked;
  std::function<void()> meanwhile;  // between the look for an earlier answer and the effect
  int ran = 0;
};

}  // namespace

TEST_CASE("cut off at each write: the effect is there once or not at all, and never lost in silence") {
  for (const std::string_view caller : {"account:person", "client:shop", "anonymous"}) {
    CAPTURE(caller);
    Site site;
    const Site::Sent sent{.caller = std::string(caller)};
    // Before the effect: nothing is there, and the same request does it.
    site.ending->left = 0;
    CHECK(site.send(sent).status == 503);
    CHECK(site.effects() == 0);
    CHECK(site.rows() == 0);
    // Between the effect and its answer: the effect stands, the first answer goes out if there is still somebody to
    // hear it, and whoever asks again is told.
    site.start();
    site.ending->left = 1;
    CHECK(site.send(sent).status == 201);
    CHECK(site.effects() == 1);
    site.start();
    for (int i = 0; i < 3; ++i) {
      const ServerResponse lost = site.send(sent);
      CHECK(lost.status == 500);
      CHECK(lost.body.find("its answer was lost") != std::string::npos);
    }
    CHECK(site.effects() == 1);
    CHECK(site.ran == 2);
    // Afterwards: as it was, also for a program that was started again.
    const Site::Sent other{.caller = std::string(caller), .proof = "proof-2", .key = "another-key-0123456789"};
    const ServerResponse first = site.send(other);
    site.start();
    const ServerResponse again = site.send(other);
    CHECK(again.body == first.body);
    CHECK(again.status == 201);
    CHECK(again.header("Cache-Control") == "no-store");
    CHECK(again.header(kRepeatedAnswerHeader) == "true");
    CHECK(site.effects() == 2);
  }
}

TEST_CASE("an answer that is planned before the effect is kept with it, and no crash comes between the two") {
  Site site;
  const Site::Sent sent{.caller = "client:shop", .planned = std::string(kSecret)};
  site.ending->left = 1;
  CHECK(site.send(sent).body == kSecret);
  site.start();
  const ServerResponse again = site.send(sent);
  CHECK(again.body == kSecret);
  CHECK(again.header(kRepeatedAnswerHeader) == "true");
  CHECK(site.effects() == 1);
  CHECK(site.ran == 1);
  // And nothing is written but the effect.
  site.ending->left = 10;
  CHECK(site.send({.caller = "client:shop", .key = "another-key-0123456789", .planned = std::string(kSecret)}).status ==
        201);
  CHECK(site.ending->left == 9);
}

TEST_CASE("a plan is no answer: what was answered in the end is what is repeated") {
  Site site;
  const Site::Sent sent{.caller = "client:shop", .answer = "in the end", .planned = "planned"};
  CHECK(site.send(sent).body == "in the end");
  CHECK(site.send(sent).body == "in the end");
  // An effect that did not happen leaves no plan behind.
  const Site::Sent other{.caller = "client:shop", .proof = "2", .key = "another-key-0123456789", .planned = "planned"};
  site.ending->left = 0;
  CHECK(site.send(other).status == 503);
  CHECK(site.rows() == 1);
  site.start();
  CHECK(site.send(other).body == kSecret);
  CHECK(site.effects() == 2);
}

TEST_CASE("a planned answer to a person is sealed for them after the effect, and a large one is not kept") {
  Site site({.answer_bytes = 100});
  CHECK(site.send({.planned = std::string(kSecret)}).body == kSecret);
  CHECK(must(site.disk->row("SELECT sealed_for FROM idempotency_keys"))->text(0) == "person");
  const std::string large(101, 'x');
  const Site::Sent sent{.caller = "client:shop", .key = "another-key-0123456789", .answer = large, .planned = large};
  CHECK(site.send(sent).body == large);
  CHECK(site.send(sent).status == 500);
}

TEST_CASE("an effect in two transactions that is cut off between them is not begun again") {
  Site site;
  site.ending->left = 1;
  CHECK(site.send({.writes = 2}).status == 503);
  CHECK(site.effects() == 1);
  site.start();
  CHECK(site.send({.writes = 2}).status >= 500);
  CHECK(site.effects() == 1);
}

TEST_CASE("what had no effect is not kept, and is judged anew") {
  Site site;
  CHECK(site.send({.writes = 0, .answer = "first"}).body == "first");
  CHECK(site.send({.writes = 0, .answer = "second"}).body == "second");
  CHECK(site.rows() == 0);
}

TEST_CASE("another instance that answers the same request at the same time: one of the two does it") {
  Site site;
  Idempotency peer(*site.disk, *site.keys, site.clock, site.rng);
  MarkedDatabase peer_marked(*site.disk, peer);
  const Site::Sent sent{};
  ServerResponse theirs;
  bool once = false;
  site.meanwhile = [&] {
    if (std::exchange(once, true)) return;
    std::jthread([&] { theirs = site.send_through(peer, peer_marked, sent); }).join();
  };
  const ServerResponse ours = site.send(sent);
  CHECK(theirs.status == 201);
  CHECK(ours.status == 409);
  CHECK(site.effects() == 1);
  CHECK(site.send(sent).body == theirs.body);
}

TEST_CASE("the same key in another's hand is another key") {
  Site site;
  site.send({});
  CHECK(site.send({.caller = "account:other", .proof = "x", .answer = "theirs"}).body == "theirs");
  CHECK(site.send({.caller = "client:shop", .proof = "y", .answer = "the shop's"}).body == "the shop's");
  CHECK(site.effects() == 3);
}

TEST_CASE("a caller has so many keys, and what has expired makes room") {
  Site site({.per_account = 3});
  const auto send = [&](int i) {
    const std::string number = std::to_string(1000 + i);
    return site.send({.proof = number, .key = "key-number-of-test-" + number});
  };
  for (int i = 0; i < 3; ++i) CHECK(send(i).status == 201);
  CHECK(send(3).status == 503);
  CHECK(site.effects() == 3);
  CHECK(send(2).header(kRepeatedAnswerHeader) == "true");
  CHECK(site.send({.caller = "client:shop", .key = "key-number-of-test-1"}).status == 201);
  site.start();
  CHECK(send(3).status == 503);
  site.clock.advance(std::chrono::hours(24));
  must(site.idempotency->purge_expired());
  CHECK(site.rows() == 0);
  CHECK(send(3).status == 201);
}

TEST_CASE("an answer that is too large is not kept, and its loss is said") {
  Site site({.answer_bytes = 100});
  const std::string large(101, 'x'), fits(100, 'x');
  CHECK(site.send({.answer = large}).body == large);
  CHECK(site.send({.answer = large}).status == 500);
  CHECK(site.send({.proof = "2", .key = "another-key-0123456789", .answer = fits}).body == fits);
  CHECK(site.send({.proof = "2", .key = "another-key-0123456789", .answer = "other"}).body == fits);
}

TEST_CASE("the thief of the table and of the key holder's own keys reads no answer") {
  Site site;
  site.send({});
  const auto row =
      must(site.disk->row("SELECT sealed_answer, owner_hash, request_hash, content_hash FROM idempotency_keys"));
  REQUIRE(row);
  for (std::size_t column = 0; column < 4; ++column) {
    const std::string_view text = as_text(row->blob(column));
    CHECK(text.find(kSecret) == std::string_view::npos);
    CHECK(text.find(kKey) == std::string_view::npos);
  }
  // With the person's key the outer seal opens; inside is one that only the request's own key opens.
  Bytes name_hash = row->blob(1);
  must(site.disk->checkpoint());
  const std::string file(as_text(must(files::read_file(site.directory.file("db"), 1 << 26))));
  CHECK(file.find(kSecret) == std::string::npos);
  CHECK(file.find(kKey) == std::string::npos);
  // A row moved to another caller's place does not open there.
  site.send({.caller = "account:person", .proof = "2", .key = "another-key-0123456789", .answer = "theirs"});
  must(site.disk->write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("UPDATE idempotency_keys SET sealed_answer = $1 WHERE owner_hash <> $2", row->blob(0),
                                name_hash));
    return {};
  }));
  const ServerResponse moved = site.send({.proof = "2", .key = "another-key-0123456789"});
  CHECK(moved.status >= 500);
  CHECK(moved.body.find(kSecret) == std::string::npos);
}

TEST_CASE("what seals an answer is its client's key: one of the same request under another key does not open") {
  Site site;
  const Site::Sent one{.caller = "client:shop"};
  const Site::Sent other{.caller = "client:shop", .proof = "2", .key = "another-key-0123456789", .answer = "theirs"};
  site.send(one);
  site.send(other);
  CHECK(site.send(one).body == kSecret);
  must(site.disk->write([](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(
        transaction.run("UPDATE idempotency_keys SET sealed_answer = (SELECT sealed_answer FROM idempotency_keys ORDER "
                        "BY rowid LIMIT 1)"));
    return {};
  }));
  CHECK(site.send(one).body == kSecret);
  const ServerResponse moved = site.send(other);
  CHECK(moved.status >= 500);
  CHECK(moved.body.find(kSecret) == std::string::npos);
}

TEST_CASE("of a stranger's request everything counts, a secret in its head too") {
  Site site;
  const Site::Sent one{.caller = "anonymous", .bearer = "Bearer one"};
  CHECK(site.send(one).body == kSecret);
  CHECK(site.send(one).body == kSecret);
  for (const char* other : {"Bearer two", ""}) {
    const ServerResponse refused = site.send({.caller = "anonymous", .bearer = other});
    CHECK(refused.status == 422);
    CHECK(refused.body.find(kSecret) == std::string::npos);
  }
  CHECK(site.effects() == 1);
}

TEST_CASE("with the person's key the kept answers go, too") {
  Site site;
  site.send({});
  must(site.keys->destroy_person_key({"person"}));
  const ServerResponse gone = site.send({});
  CHECK(gone.status >= 500);
  CHECK(gone.body.find(kSecret) == std::string::npos);
  must(site.disk->write(
      [&](database::Transaction& transaction) { return site.idempotency->erase(transaction, {"person"}); }));
  CHECK(site.rows() == 0);
}

}  // namespace mibun::server
