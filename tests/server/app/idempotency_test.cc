#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "core/codecs/base64url.h"
#include "platform/files/files.h"
#include "server/idempotency/key.h"
#include "tests/server/world/own_world.h"
#include "tests/server/world/registered_wallet.h"

// Requests that come twice (decision 0051), against the whole server.
namespace mibun::server {
namespace {

const std::string kOpenCase = R"({"method":"emrtd"})";

constexpr std::string_view kKey = "8e03978e-40d5-43e8-bc93-6894a57f9324";

std::string fresh_key() {
  return base64url::encode(world().rng.bytes(16));
}

TestRequest with_key(TestRequest request, std::string_view key) {
  return request.set(kIdempotencyKeyHeader, "\"" + std::string(key) + "\"");
}

bool is_repeated(const Reply& reply) {
  return reply.response.header(kRepeatedAnswerHeader).has_value();
}

std::size_t events_of(Device& device) {
  TestWorld& w = world();
  return w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200).json.at("events").as_array().size();
}

// Why a route that changes something keeps no answers.
std::string_view reason_without_key(const http::Route& route) {
  if (route.pattern.starts_with("/oauth/")) return "OAuth: codes, tokens, requests and proofs are each used once";
  if (route.pattern.starts_with("/oid4vci/")) return "OpenID4VCI: nonce and proof are used once; notifications repeat";
  if (route.pattern.starts_with("/oid4vp/")) return "OpenID4VP: a request is answered once";
  if (route.pattern == "/api/v1/assertions") return "a challenge more does nothing";
  return {};
}

}  // namespace

TEST_CASE("every route that changes something keeps its answer and says so, or has a reason not to") {
  const json::Object description = must(json::parse_object(
      world().send_well({.target = "/openapi.json"}, 200).response.body, {.bytes_max = 1024 * 1024}));
  std::size_t keeping = 0;
  for (const http::Route& route : world().app->routes()) {
    INFO(route.method << " " << route.pattern);
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const json::Object& operation =
        description.at("paths").as_object().at(route.pattern).as_object().at(method).as_object();
    const json::Value* parameters = operation.if_contains("parameters");
    const bool declares =
        parameters != nullptr && json::serialize(*parameters).find("IdempotencyKey") != std::string::npos;
    CHECK(declares == keeps_answers(route));
    keeping += keeps_answers(route) ? 1 : 0;
    if (route.method == "GET") {
      CHECK_FALSE(keeps_answers(route));
    } else {
      CHECK(keeps_answers(route) == reason_without_key(route).empty());
    }
  }
  CHECK(keeping >= 40);
}

TEST_CASE("the same request is answered as it was, and happens once: with the same assertion, and with a fresh one") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::size_t before = events_of(device);
  const TestRequest request = with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), kKey);
  const Reply first = w.send_well(request, 201);
  CHECK_FALSE(is_repeated(first));
  const Reply same = w.send_well(request, 201);
  CHECK(is_repeated(same));
  CHECK(same.response.body == first.response.body);
  CHECK(same.response.content_type == first.response.content_type);
  const Reply fresh =
      w.send_well(with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), kKey), 201);
  CHECK(is_repeated(fresh));
  CHECK(fresh.response.body == first.response.body);
  CHECK(events_of(device) == before + 1);  // one case was opened

  // Bare, the key is the same one.
  const Reply bare = w.send_well(
      w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase).set(kIdempotencyKeyHeader, kKey), 201);
  CHECK(bare.response.body == first.response.body);
  // Without a key the assertion is used up, as ever.
  CHECK(w.send(TestRequest(request).drop(kIdempotencyKeyHeader)).code() == "assertion_replayed");
  // Under another key it is another request, whose assertion is used up.
  CHECK(w.send(with_key(request, fresh_key())).code() == "assertion_replayed");
}

TEST_CASE("the same key for another request is refused, and nothing happens") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string key = fresh_key();
  const Reply opened =
      w.send_well(with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), key), 201);
  const std::size_t before = events_of(device);
  const std::string case_id = opened.text("case_id");
  const std::string report =
      R"({"report_id":"AAAAAAAAAAAAAAAAAAAAAA","reason_code":"other","client_id":"a","organization":"b","on":"2026-11-23"})";
  const Reply other = w.send(with_key(w.account_request(device, "POST", "/api/v1/reports", report), key));
  CHECK(other.status() == 422);
  CHECK(other.code() == "idempotency_key_reused");
  CHECK(w.send(with_key(w.account_request(device, "DELETE", "/api/v1/account"), key)).code() ==
        "idempotency_key_reused");
  CHECK(events_of(device) == before);
}

TEST_CASE("a key is its caller's: whoever knows it gets nothing of another's, and takes nothing away") {
  TestWorld& w = world();
  Device one = w.register_device(), other = w.register_device();
  const std::string key = fresh_key();
  const TestRequest request = with_key(w.account_request(one, "POST", "/api/v1/proofing/cases", kOpenCase), key);
  const Reply first = w.send_well(request, 201);
  const Reply second =
      w.send_well(with_key(w.account_request(other, "POST", "/api/v1/proofing/cases", kOpenCase), key), 201);
  CHECK_FALSE(is_repeated(second));
  CHECK(second.text("case_id") != first.text("case_id"));
  // Without the assertion, or with a spoilt one, the key opens nothing.
  CHECK(w.send(TestRequest(request).drop("Mibun-Assertion")).code() == "assertion_missing");
  std::string assertion;
  for (const HttpHeader& header : request.headers) {
    if (header.name == "Mibun-Assertion") assertion = header.value;
  }
  CHECK(w.send(TestRequest(request).set("Mibun-Assertion", assertion + "A")).status() != 201);
  CHECK(is_repeated(w.send_well(request, 201)));
}

TEST_CASE("keys that cannot be read") {
  TestWorld& w = world();
  for (const std::string_view key :
       {"", "\"\"", "short", "\"fifteen-chars-x\"", "\"8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e 40d5 43e8 bc93",
        "\"8e03978e-40d5-43e8-bc93-6894a57f93\\\"24\"", "8e03978e;40d5=43e8,bc93", "身分身分身分身分身分"}) {
    CAPTURE(key);
    const Reply reply = w.send(w.json_request("POST", "/api/v1/registrations", {}).add(kIdempotencyKeyHeader, key));
    CHECK(reply.status() == 400);
    CHECK(reply.code() == "idempotency_key_malformed");
  }
  const TestRequest twice = w.json_request("POST", "/api/v1/registrations", {})
                                .add(kIdempotencyKeyHeader, kKey)
                                .add(kIdempotencyKeyHeader, kKey);
  CHECK(w.send(twice).code() == "idempotency_key_malformed");
  const std::string longest(64, 'k'), longer(65, 'k');
  CHECK(w.send(w.json_request("POST", "/api/v1/registrations", {}).add(kIdempotencyKeyHeader, longer)).status() == 400);
  CHECK(w.send(w.json_request("POST", "/api/v1/registrations", {}).add(kIdempotencyKeyHeader, longest)).status() ==
        201);
  // Reads and the protocols' endpoints do not look at it.
  CHECK(w.send(TestRequest{.target = "/healthz"}.add(kIdempotencyKeyHeader, "short")).status() == 200);
  CHECK(
      w.send(TestRequest{.method = "POST", .target = "/oid4vci/nonce"}.add(kIdempotencyKeyHeader, "short")).status() ==
      200);
}

TEST_CASE("a stranger's key: the very same request is answered again, the revocation code with it") {
  TestWorld& w = world();
  const std::string key = fresh_key();
  const TestRequest begin = with_key(w.json_request("POST", "/api/v1/registrations", {}), key);
  const Reply begun = w.send_well(begin, 201);
  CHECK(w.send_well(begin, 201).response.body == begun.response.body);
  CHECK(w.send(with_key(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", "x"}}), key)).code() ==
        "idempotency_key_reused");

  Device device = w.new_device();
  const BegunRegistration registration = w.begin_registration();
  const TestRequest finish =
      with_key(w.registration(registration, w.credential_json(registration, device)), fresh_key());
  const Reply registered = w.send_well(finish, 201);
  const Reply again = w.send_well(finish, 201);
  CHECK(is_repeated(again));
  CHECK(again.text("revocation_code") == registered.text("revocation_code"));
  CHECK(w.send(TestRequest(finish).drop(kIdempotencyKeyHeader)).code() == "key_exists");
}

TEST_CASE("partners and staff repeat with a fresh proof") {
  TestWorld& w = world();
  const BoundToken token = w.token(w.shop);
  const std::string key = fresh_key();
  json::Object body{{"dcql_query", w.dcql_query({{"family_name"}})}};
  const AskedRequest asked = w.ask(w.shop);  // whose body is right; ours is only to be the same twice
  const std::string target = "/api/v1/partner/requests/" + asked.id + "/result";
  const TestRequest first = with_key(w.bound_request(token, "POST", target, "{}"), key);
  // What is refused without an effect is judged anew each time.
  const Reply refused = w.send(first);
  CHECK(refused.status() >= 400);
  CHECK_FALSE(is_repeated(w.send(with_key(w.bound_request(token, "POST", target, "{}"), key))));

  const BoundToken staff = w.token(w.akari);
  const std::string notice = R"({"kind":"maintenance","ja":"本日","en":"today"})";
  const std::string notice_key = fresh_key();
  const Reply published =
      w.send_well(with_key(w.bound_request(staff, "POST", "/api/v1/staff/public-notices", notice), notice_key), 201);
  const Reply again =
      w.send_well(with_key(w.bound_request(staff, "POST", "/api/v1/staff/public-notices", notice), notice_key), 201);
  CHECK(is_repeated(again));
  CHECK(again.text("id") == published.text("id"));
  // Another member of the staff with the same key publishes a notice of their own.
  const Reply colleague = w.send_well(
      with_key(w.bound_request(w.token(w.minoru), "POST", "/api/v1/staff/public-notices", notice), notice_key), 201);
  CHECK(colleague.text("id") != published.text("id"));
}

TEST_CASE("16 at once with one key: it happens once, and nobody is told anything else") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::size_t before = events_of(device);
  const TestRequest request =
      with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), fresh_key());
  std::vector<Reply> replies(16);
  {
    std::vector<std::jthread> threads;
    for (Reply& reply : replies) threads.emplace_back([&] { reply = w.send(request); });
  }
  std::set<std::string> bodies;
  for (const Reply& reply : replies) {
    if (reply.status() == 201) {
      bodies.insert(reply.response.body);
    } else {
      CHECK(reply.code() == "idempotency_key_in_use");
      CHECK(reply.status() == 409);
    }
  }
  CHECK(bodies.size() == 1);
  CHECK(events_of(device) == before + 1);
}

TEST_CASE("the very same request is answered for ten minutes; a fresh proof for a day; then the key is new") {
  OwnWorld w;
  Device device = w.register_device();
  const std::string key = fresh_key();
  const auto again = [&] {
    return w.send(with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), key));
  };
  const TestRequest request = with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), key);
  const std::string first = w.send_well(request, 201).text("case_id");
  w.clock.advance(std::chrono::minutes(10) - std::chrono::seconds(1));
  CHECK(w.send_well(request, 201).text("case_id") == first);
  w.clock.advance(std::chrono::seconds(1));
  CHECK(w.send(request).status() == 401);
  CHECK(again().text("case_id") == first);
  must(w.app->purge_expired());
  w.clock.advance(std::chrono::hours(23) + std::chrono::minutes(49));
  must(w.app->purge_expired());
  CHECK(again().text("case_id") == first);
  w.clock.advance(std::chrono::minutes(1));
  const Reply late = again();
  CHECK(late.status() == 201);
  CHECK(late.text("case_id") != first);
}

TEST_CASE("whoever lost the receipt of their erasure asks again; nothing else of theirs is kept") {
  OwnWorld w;
  Device device = w.register_device();
  w.send_well(with_key(w.account_request(device, "POST", "/api/v1/proofing/cases", kOpenCase), fresh_key()), 201);
  const TestRequest request = with_key(w.account_request(device, "DELETE", "/api/v1/account"), fresh_key());
  const Reply erased = w.send_well(request, 200);
  const Reply again = w.send_well(request, 200);
  CHECK(is_repeated(again));
  CHECK(again.text("receipt") == erased.text("receipt"));
  CHECK(w.send(TestRequest(request).drop(kIdempotencyKeyHeader)).status() == 401);

  // The receipt stands in the answer alone, which only its key opens; the account's name stands nowhere.
  w.app.reset();
  const std::string file(as_text(must(files::read_file(w.data_directory() + "/mibun.db", 1 << 26))));
  const std::size_t table = file.find("idempotency_keys");
  REQUIRE(table != std::string::npos);
  CHECK(file.find("account:" + device.account_id) == std::string::npos);
}

TEST_CASE("the wallet sends a key, and asks once more when the answer gets lost after the server acted") {
  TestWorld& w = world();
  RegisteredWallet own;
  const auto through = own.device.http.answer;
  int lost = 0;
  std::vector<std::string> keys;
  own.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    auto answer = through(request);
    for (const HttpHeader& header : request.headers) {
      if (header.name == kIdempotencyKeyHeader) keys.push_back(header.value);
    }
    if (request.url.ends_with("/api/v1/proofing/cases") && lost++ == 0) {
      REQUIRE(answer);
      CHECK(answer->status == 201);  // the server acted
      return fail(ErrorCode::http_connect_failed, "dropped");
    }
    return answer;
  };
  const std::size_t before = events_of(own.account);
  own.profile.counter = own.account.counter;
  const auto answer =
      own.api.account_request(own.profile, "POST", "/api/v1/proofing/cases", kOpenCase, kJsonType, "test");
  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(lost == 2);
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] == keys[1]);
  own.account.counter = own.profile.counter;
  CHECK(events_of(own.account) == before + 1);

  // A read is not sent twice: its assertion may be used up, and nothing is lost by asking anew.
  int reads = 0;
  own.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url.ends_with("/api/v1/account") && ++reads > 0) return fail(ErrorCode::http_timeout, "dropped");
    return through(request);
  };
  own.profile.counter = own.account.counter;
  CHECK_FALSE(own.api.account_request(own.profile, "GET", "/api/v1/account", "", kJsonType, "test"));
  CHECK(reads == 1);
  (void)w;
}

}  // namespace mibun::server
