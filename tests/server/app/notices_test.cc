#include <doctest/doctest.h>

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "tests/server/app/row.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/steps/steps.h"

// Notices with the whole server: to one person, to everybody, and on the way to a browser.
namespace mibun::server {
namespace {

std::string text_of(const json::Object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

json::Object subscription_json(std::string endpoint = "https://push.example/1") {
  return {{"endpoint", std::move(endpoint)},
          {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
          {"auth", base64url::encode(Bytes(16, 3))}};
}

Reply subscribe(TestWorld& w, Device& device, const json::Object& body) {
  return w.send(w.account_request(device, "PUT", "/api/v1/push-subscription", json::serialize(body)));
}
json::Array notices_of(TestWorld& w, Device& device) {
  return w.send_well(w.account_request(device, "GET", "/api/v1/notices"), 200).json.at("notices").as_array();
}

Reply publish(TestWorld& w, const Program& who, const json::Object& draft) {
  return w.send(w.bound_request(w.token(who), "POST", "/api/v1/staff/public-notices", json::serialize(draft)));
}
json::Object draft(std::string kind = "incident") {
  return {{"kind", std::move(kind)}, {"ja", "発行が止まっています。"}, {"en", "Issuing has stopped."}};
}
Reply withdraw(TestWorld& w, const Program& who, const std::string& id) {
  return w.send(w.bound_request(w.token(who), "POST", "/api/v1/staff/public-notices/" + id + "/withdrawal"));
}
const json::Object* published(TestWorld& w, std::string_view id) {
  static json::Array kept;
  kept = w.send_well({.target = "/api/v1/public-notices"}, 200).json.at("notices").as_array();
  for (const json::Value& one : kept) {
    if (text_of(one.as_object(), "id") == id) return &one.as_object();
  }
  return nullptr;
}

// Everything that is to be sent now, to push services that take it.
std::vector<HttpRequest> send_all(TestWorld& w) {
  std::vector<HttpRequest> sent;
  while (must(w.app->send_next_push([&](const HttpRequest& request) -> Result<HttpResponse> {
    sent.push_back(request);
    return HttpResponse{201, {}, ""};
  }))) {
  }
  return sent;
}

}  // namespace

TEST_CASE("who is approved finds a notice of it, and so does their browser; nobody else does") {
  TestWorld& w = world();
  Device person = w.register_device(), other = w.register_device();
  CHECK(subscribe(w, person, subscription_json()).status() == 204);
  static_cast<void>(w.approve(person));
  const json::Array notices = notices_of(w, person);
  REQUIRE(notices.size() == 1);
  const json::Object& notice = notices[0].as_object();
  CHECK(notice.at("kind") == "case_approved");
  CHECK(text_of(notice, "at") == to_jst_string(w.clock.now()));
  CHECK(notices_of(w, other).empty());
  const auto sent = send_all(w);
  CHECK(std::ranges::count(sent, "https://push.example/1", &HttpRequest::url) == 1);

  const std::string read = "/api/v1/notices/" + text_of(notice, "id") + "/read";
  CHECK(w.send(w.account_request(other, "POST", read)).code() == "notice_not_found");
  CHECK(w.send(w.account_request(person, "POST", "/api/v1/notices/" + std::string(kNoId) + "/read")).code() ==
        "notice_not_found");
  CHECK_FALSE(notices_of(w, person)[0].as_object().at("read").as_bool());
  CHECK(w.send(w.account_request(person, "POST", read)).status() == 204);
  CHECK(notices_of(w, person)[0].as_object().at("read").as_bool());
}

TEST_CASE("whose wallet is stopped by the code hears of it; with the account the subscription is erased") {
  TestWorld& w = world();
  Device person = w.register_device();
  CHECK(subscribe(w, person, subscription_json("https://push.example/stopped")).status() == 204);
  w.send_well(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", person.revocation_code}}), 200);
  const auto sent = send_all(w);
  CHECK(std::ranges::count(sent, "https://push.example/stopped", &HttpRequest::url) == 1);
  // It may be in other hands: the list stays closed, and a stopped account is not told apart from an unknown one.
  CHECK(w.send(w.account_request(person, "GET", "/api/v1/notices")).code() == "assertion_invalid");

  Device leaving = w.register_device();
  CHECK(subscribe(w, leaving, subscription_json("https://push.example/erased")).status() == 204);
  static_cast<void>(w.approve(leaving));
  w.send_well(w.account_request(leaving, "DELETE", "/api/v1/account"), 200);
  const auto after = send_all(w);
  CHECK(std::ranges::count(after, "https://push.example/erased", &HttpRequest::url) == 0);
}

TEST_CASE("what is sent is signed with the key that browsers are told, and subscribing takes the person") {
  TestWorld& w = world();
  const std::string told = text_of(w.send_well({.target = "/api/v1/push-key"}, 200).json, "key");
  Device person = w.register_device();
  CHECK(w.send(w.json_request("PUT", "/api/v1/push-subscription", subscription_json())).code() == "assertion_missing");
  CHECK(subscribe(w, person, subscription_json("https://push.example/told")).status() == 204);
  static_cast<void>(w.approve(person));
  int ours = 0;
  for (const HttpRequest& request : send_all(w)) {
    const auto authorized = std::ranges::find(request.headers, "Authorization", &HttpHeader::name);
    REQUIRE(authorized != request.headers.end());
    CHECK(authorized->value.ends_with(", k=" + told));
    const std::string token = authorized->value.substr(8, authorized->value.size() - 8 - 4 - told.size());
    const auto point = must(base64url::decode(told));
    const auto key = must(crypto::P256PublicKey::from_point(point));
    CHECK(must(jose::Jws::parse(token)).verify(crypto::PublicKey(key), {.typ = "JWT"}));
    ours += request.url == "https://push.example/told" ? 1 : 0;
  }
  CHECK(ours == 1);
}

TEST_CASE("a subscription leads to the public internet with keys that can be used, or is refused") {
  TestWorld& w = world();
  for (const char* endpoint : {"https://127.0.0.1/x", "https://localhost/x", "http://push.example/x", "https://x"}) {
    INFO(endpoint);
    CHECK(subscribe(w, w.stranger, subscription_json(endpoint)).code() == "push_endpoint_not_allowed");
  }
  json::Object body = subscription_json();
  body["p256dh"] = base64url::encode(Bytes(65, 4));
  CHECK(subscribe(w, w.stranger, body).code() == "push_endpoint_not_allowed");
  body = subscription_json();
  body["auth"] = "AAAA";
  CHECK(subscribe(w, w.stranger, body).code() == "push_endpoint_not_allowed");
  CHECK(w.send(w.account_request(w.stranger, "DELETE", "/api/v1/push-subscription")).status() == 204);
}

TEST_CASE("staff tell everybody and take it back; it says who did, and only the staff see that") {
  TestWorld& w = world();
  const Reply told = publish(w, w.akari, draft());
  REQUIRE(told.status() == 201);
  CHECK(told.text("published_by") == w.akari.id);
  const json::Object* shown = published(w, told.text("id"));
  REQUIRE(shown != nullptr);
  CHECK(json::serialize(*shown) == R"({"id":")" + told.text("id") +
                                       R"(","kind":"incident","text":{"ja":"発行が止まっています。","en":"Issuing has )"
                                       R"(stopped."},"published_at":")" +
                                       to_jst_string(w.clock.now()) + R"(","until":null})");
  CHECK(w.send({.target = "/api/v1/public-notices"}).response.header("cache-control") == "public, max-age=60");

  CHECK(withdraw(w, w.minoru, told.text("id")).status() == 200);
  CHECK(published(w, told.text("id")) == nullptr);
  CHECK(withdraw(w, w.akari, told.text("id")).code() == "notice_not_found");
  const Reply all = w.send(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/public-notices"));
  const json::Object& last = all.json.at("notices").as_array().at(0).as_object();
  CHECK(text_of(last, "published_by") == w.akari.id);
  CHECK(text_of(last, "withdrawn_by") == w.minoru.id);
}

TEST_CASE("a notice with an end is over at its end") {
  TestWorld& w = world();
  json::Object planned = draft("maintenance");
  planned["until"] = to_jst_string(w.clock.now() + std::chrono::hours(1));
  const Reply told = publish(w, w.akari, planned);
  REQUIRE(told.status() == 201);
  const auto rest = milliseconds(w.clock.now().unix_milliseconds() % 1000);
  w.clock.advance(std::chrono::hours(1) - rest - milliseconds(1));
  CHECK(published(w, told.text("id")) != nullptr);
  w.clock.advance(milliseconds(1));
  CHECK(published(w, told.text("id")) == nullptr);
  w.clock.advance(rest - std::chrono::hours(1));
  CHECK(withdraw(w, w.akari, told.text("id")).status() == 200);
}

TEST_CASE(
    "a public notice in one language, of another kind, on two lines or over already is refused; so are partners") {
  TestWorld& w = world();
  const auto with = [](std::string_view name, std::string value) {
    json::Object changed = draft();
    changed[name] = std::move(value);
    return changed;
  };
  const json::Object rows[] = {with("kind", "advertisement"),
                               with("ja", ""),
                               with("en", ""),
                               with("en", std::string(1001, 'x')),
                               with("en", "one\ntwo"),
                               with("until", "tomorrow"),
                               with("until", "2026-11-23T12:00:00Z"),
                               with("until", to_jst_string(w.clock.now() - seconds(1))),
                               with("html", "<b>"),
                               {{"kind", "incident"}, {"ja", "障害"}}};
  for (const json::Object& row : rows) {
    INFO(json::serialize(row));
    CHECK(publish(w, w.akari, row).code() == "request_malformed");
  }
  CHECK(publish(w, w.akari, with("en", std::string(1000, 'x'))).status() == 201);
  CHECK(publish(w, w.shop, draft()).code() == "oauth_insufficient_scope");
  CHECK(withdraw(w, w.shop, std::string(kNoId)).code() == "oauth_insufficient_scope");
  CHECK(withdraw(w, w.akari, std::string(kNoId)).code() == "notice_not_found");
}

TEST_CASE("the wallet's steps: one question opens the list, what was read stays read, and the browser is subscribed") {
  RegisteredWallet own;
  wallet::Steps steps(own.device.host);
  const auto run = [&](std::string_view name, const json::Object& arguments = {}) {
    return must(steps.run(name, arguments));
  };
  const json::Array listed = run("notices").at("notices").as_array();
  REQUIRE(listed.size() == 1);
  const json::Object& notice = listed[0].as_object();
  CHECK(notice.at("kind") == "case_approved");
  CHECK(json::serialize(notice.at("title")) == R"({"ja":"本人確認が終わりました","en":"Your identity check is done"})");
  CHECK_FALSE(notice.at("read").as_bool());
  run("notice_read", {{"id", notice.at("id")}});
  CHECK(run("notices").at("notices").as_array()[0].as_object().at("read").as_bool());
  CHECK(code_of(steps.run("notice_read", {{"id", "../x"}})) == ErrorCode::notice_not_found);

  const std::string key(run("push_key").at("key").as_string());
  CHECK(must(crypto::P256PublicKey::from_point(must(base64url::decode(key)))).point().size() == 65);
  run("subscribe_push", subscription_json("https://push.example/steps"));
  CHECK(code_of(steps.run("subscribe_push", subscription_json("https://10.0.0.1/"))) ==
        ErrorCode::wallet_server_refused);
  run("unsubscribe_push");

  TestWorld& w = world();
  const Reply told = publish(w, w.akari, draft());
  const json::Array everybody = run("public_notices").at("notices").as_array();
  const auto found = std::ranges::find_if(
      everybody, [&](const json::Value& one) { return text_of(one.as_object(), "id") == told.text("id"); });
  REQUIRE(found != everybody.end());
  CHECK(json::serialize(found->as_object().at("title")) ==
        R"({"ja":"障害のお知らせ","en":"Something is not working"})");
  CHECK(found->as_object().at("until").is_null());
  CHECK(withdraw(w, w.akari, told.text("id")).status() == 200);
}

}  // namespace mibun::server
