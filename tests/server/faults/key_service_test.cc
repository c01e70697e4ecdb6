#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

#include "core/crypto/p256.h"
#include "platform/keyd/signing_list.h"
#include "tests/server/faults/key_service.h"

// The key service of a running `mibun serve` goes away, hangs, is slow, or lies. Without it nothing is sealed, opened
// or signed by anybody else; what needs no key is answered; and it is found again without a restart.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

const TestRequest kSigned{.target = "/.well-known/openid-credential-issuer",
                          .headers = {{"Accept", "application/jwt"}}};
const TestRequest kHealth{.target = "/healthz"}, kReady{.target = "/readyz"},
    kNotices{.target = "/api/v1/public-notices"}, kTrust{.target = "/.well-known/mibun-trust.json"};
// No handler of these needs a key; on a machine with other work, a second is still far below any wait for keys.
constexpr auto kPrompt = 2s;

std::string keys_health() {
  return ready().text("keys");
}

void check_others_are_answered(const Served& served) {
  for (const TestRequest& request : {kHealth, kNotices, kTrust}) {
    CAPTURE(request.target);
    CHECK(time_of(served, request, 200) < kPrompt);
  }
  CHECK(time_of(served, kReady, 200) < kPrompt + 1s);  // asks the key service for half a second
}

bool signs_again() {
  return comes_true([] { return signed_metadata().status() == 200; }) && keys_health() == "ok";
}

// While handlers wait on all of the server's threads.
void check_others_go_on_beside(const Served& served) {
  std::this_thread::sleep_for(1s);  // until those that wait have all of the threads
  Crowding others(served, kNotices, 12);
  for (const Reply& reply : others.replies()) CHECK(reply.status() == 200);
  CHECK(others.within(3s) == 12);  // nobody at all, where each handler keeps its thread
}

// Of a JWT, what is signed.
std::string message_of(const Reply& reply) {
  return reply.response.body.substr(0, reply.response.body.rfind('.'));
}

void check_refused_with(const std::vector<Reply>& replies, std::string_view code) {
  for (const Reply& reply : replies) check_refused(reply, code);
}

}  // namespace

TEST_CASE("the key service is killed: what needs a key is refused, the rest goes on, and it is found again") {
  ServedWithKeyd it;
  CHECK(signed_metadata().status() == 200);
  CHECK(keys_health() == "ok");
  it.keyd->kill();
  for (int i = 0; i < 3; ++i) check_refused(signed_metadata(), "keyd_unavailable");
  CHECK_THROWS_WITH_AS(stage().world().register_device(), doctest::Contains("503"), std::runtime_error);
  CHECK(keys_health() == "unavailable");
  CHECK(ready().text("status") == "degraded");
  check_others_are_answered(*it.served);
  it.keyd->start();
  CHECK(signs_again());
  check_whole_and_stop(it);
}

TEST_CASE("the key service hangs: who needs no key is answered, who does is refused in time, and it goes on") {
  ServedWithKeyd it;
  CHECK(signed_metadata().status() == 200);
  it.keyd->suspend();
  {
    Crowding waiting(*it.served, kSigned, 12);  // six for each of the server's two threads
    check_others_go_on_beside(*it.served);
    check_refused_with(waiting.replies(), "keyd_unavailable");
    CHECK(waiting.took() < 25s);
  }
  // From now on nobody waits.
  for (int i = 0; i < 5; ++i) CHECK(time_of(*it.served, kSigned, 503) < kPrompt);
  Crowding refused(*it.served, kSigned, 30);
  check_refused_with(refused.replies(), "keyd_unavailable");
  CHECK(refused.took() < 5s);
  CHECK(keys_health() == "unavailable");
  it.keyd->go_on();
  CHECK(signs_again());
  check_whole_and_stop(it);
}

TEST_CASE("the files of the key service cannot be read: it goes on or does not start, and nobody else has keys") {
  ServedWithKeyd it({.has_our_disk = true});
  touch(it.unreadable);
  CHECK(signed_metadata().status() == 200);  // what it has in its memory it may use
  it.keyd->kill();
  CHECK_THROWS_WITH_AS(it.keyd->start(), doctest::Contains("io_error"), std::runtime_error);
  check_refused(signed_metadata(), "keyd_unavailable");
  check_others_are_answered(*it.served);
  std::filesystem::remove(it.unreadable);
  it.keyd->start();
  CHECK(signs_again());
  check_whole_and_stop(it);
}

TEST_CASE("a slow key service: what needs it is slow and right, and the rest goes on beside it") {
  ServedWithKeyd it({.has_proxy = true});
  it.proxy->be_slow(6s);
  {
    Crowding waiting(*it.served, kSigned, 8);
    check_others_go_on_beside(*it.served);
    for (const Reply& reply : waiting.replies()) CHECK(reply.status() == 200);
  }
  it.proxy->be_slow(0s);
  check_whole_and_stop(it);
}

TEST_CASE("a key service that lies: no wrong signature leaves, whatever it says, and it is believed when it is right") {
  ServedWithKeyd it({.has_proxy = true});
  Bytes earlier;
  it.proxy->lie([&](const keyd::Request& request, Result<Bytes> answer) {
    if (request.operation == keyd::Operation::sign && answer) earlier = *answer;
    return answer;
  });
  const Reply good = signed_metadata();
  REQUIRE(good.status() == 200);
  REQUIRE(!earlier.empty());
  it.proxy->be_true();
  // It says when, so that another second is another message.
  REQUIRE(comes_true([&] { return message_of(signed_metadata()) != message_of(good); }));
  struct Row {
    const char* what;
    std::function<Result<Bytes>(Bytes)> twist;
    const char* code;
  };
  const Row rows[] = {
      {"a bit of the signature",
       [](Bytes right) {
         right.back() ^= 1;
         return right;
       },
       "keyd_token_failed"},
      {"the signature of another message", [&](const Bytes&) { return earlier; }, "keyd_token_failed"},
      {"no signature", [](const Bytes& right) { return Bytes(right.size() - 1, 7); }, "keyd_unavailable"},
      {"nothing", [](const Bytes&) { return Bytes(); }, "keyd_unavailable"},
      {"zeros", [](const Bytes& right) { return Bytes(right.size(), 0); }, "keyd_token_failed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const int before = it.proxy->lies();
    it.proxy->lie([&row](const keyd::Request& request, Result<Bytes> answer) -> Result<Bytes> {
      if (request.operation != keyd::Operation::sign || !answer) return answer;
      return row.twist(*answer);
    });
    check_refused(signed_metadata(), row.code);
    CHECK(it.proxy->lies() > before);
    check_reads_go_on();
    it.proxy->be_true();
    CHECK(signed_metadata().status() == 200);
  }
  CHECK(signs_again());
  check_whole_and_stop(it);
}

TEST_CASE("a key service that names another key than was certified: the server does not begin with it") {
  ServedWithKeyd it({.has_proxy = true});
  CHECK(it.served->server->stop() == 0);
  const auto other = crypto::P256PrivateKey::generate();
  it.proxy->lie([&](const keyd::Request& request, Result<Bytes> answer) -> Result<Bytes> {
    if (request.operation != keyd::Operation::list_signing_keys || !answer) return answer;
    auto keys = must(keyd::parse_signing_list(as_text(*answer)));
    for (keyd::SigningKey& key : keys) {
      if (key.id.name == "issuer") key.public_key = other.public_key();
    }
    return to_bytes(keyd::encode_signing_list(keys));
  });
  ServerProcess misled(it.served->data.directory, config_with(it.served->options.config), {});
  CHECK(!misled.is_ready());
  CHECK(misled.wait(20s) > 0);
  it.proxy->be_true();
  it.served->start_again();
  CHECK(signs_again());
  check_whole_and_stop(it);
}

}  // namespace mibun::server
