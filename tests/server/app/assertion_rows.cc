#include "core/codecs/base64url.h"
#include "tests/server/app/row.h"

// The door to everything that belongs to a person: a fresh assertion for exactly this request.
namespace mibun::server {
namespace {

struct AccountRoute {
  std::string method, target, body;
};

const std::vector<AccountRoute>& account_routes() {
  static const std::string case_path = "/api/v1/proofing/cases/" + std::string(kNoId);
  static const std::vector<AccountRoute> all = {
      {"GET", "/api/v1/account", ""},
      {"DELETE", "/api/v1/account", ""},
      {"POST", "/api/v1/account/keys", "{}"},
      {"POST", "/api/v1/account/terms", R"({"terms_version":"2026-11-01"})"},
      {"GET", "/api/v1/history", ""},
      {"POST", "/api/v1/reports", "{}"},
      {"GET", "/api/v1/inquiries", ""},
      {"POST", "/api/v1/inquiries", "{}"},
      {"POST", "/api/v1/history", R"({"sealed":"a.b.c.d.e"})"},
      {"POST", "/api/v1/proofing/cases", R"({"method":"emrtd"})"},
      {"GET", case_path, ""},
      {"PUT", case_path + "/files/EF.DG1", "x"},
      {"POST", case_path + "/submission", R"({"active_authentication_signature":"AAAA"})"},
      {"POST", case_path + "/offer", "{}"},
      {"POST", case_path + "/appeal", R"({"text":"x"})"},
  };
  return all;
}

std::string_view type_of(const AccountRoute& route) {
  return route.method == "PUT" ? std::string_view("application/octet-stream") : kJsonType;
}

TestRequest bare(const AccountRoute& route) {
  TestRequest request{route.method, route.target, route.body, {}};
  if (!route.body.empty()) request.add("Content-Type", type_of(route));
  return request;
}

// GET /api/v1/account with the assertion changed.
using Change = std::function<void(TestWorld&, webauthn::RequestAssertion&)>;
Row changed(std::string sentence, Change change) {
  return {std::move(sentence), 401, "assertion_invalid", [change = std::move(change)](TestWorld& w) {
            auto assertion = w.sign_assertion(w.stranger, w.begin_assertion("GET", "/api/v1/account", ""));
            change(w, assertion);
            TestRequest request{.target = "/api/v1/account"};
            return w.send(request.add(webauthn::kRequestAssertionHeader, assertion.to_header()));
          }};
}

Row ceremony(std::string sentence, std::function<Ceremony(TestWorld&)> twist) {
  return {std::move(sentence), 401, "assertion_invalid", [twist = std::move(twist)](TestWorld& w) {
            const auto assertion =
                w.sign_assertion(w.stranger, w.begin_assertion("GET", "/api/v1/account", ""), twist(w));
            TestRequest request{.target = "/api/v1/account"};
            return w.send(request.add(webauthn::kRequestAssertionHeader, assertion.to_header()));
          }};
}

Row header(std::string sentence, int status, std::string code, std::string value) {
  return {std::move(sentence), status, std::move(code), [value = std::move(value)](TestWorld& w) {
            TestRequest request{.target = "/api/v1/account"};
            return w.send(request.add(webauthn::kRequestAssertionHeader, value));
          }};
}

Row aged(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const TestRequest request = w.account_request(w.stranger, "GET", "/api/v1/account");
            w.clock.advance(age);
            return w.send(request);
          }};
}

void add_routes(std::vector<Row>& rows) {
  for (const AccountRoute& route : account_routes()) {
    const std::string name = route.method + " " + route.target;
    rows.push_back({name + " without an assertion is refused", 401, "assertion_missing",
                    [&route](TestWorld& w) { return w.send(bare(route)); }});
    rows.push_back(
        {name + " with the assertion of another target is refused", 401, "assertion_invalid", [&route](TestWorld& w) {
           const TestRequest other = w.account_request(w.stranger, route.method, "/api/v1/elsewhere", route.body);
           TestRequest request = bare(route);
           return w.send(request.add(other.headers[0].name, other.headers[0].value));
         }});
    if (route.body.empty()) continue;
    rows.push_back(
        {name + " with the assertion of another body is refused", 401, "assertion_invalid", [&route](TestWorld& w) {
           TestRequest request =
               w.account_request(w.stranger, route.method, route.target, route.body + " ", type_of(route));
           request.body = route.body;
           return w.send(request);
         }});
  }
}

void add_replays(std::vector<Row>& rows) {
  rows.push_back({"An assertion that was used before is refused", 401, "assertion_replayed", [](TestWorld& w) {
                    const TestRequest request = w.account_request(w.stranger, "GET", "/api/v1/account");
                    w.send_well(request, 200);
                    return w.send(request);
                  }});
  rows.push_back(
      {"An assertion for GET is refused at DELETE of the same address", 401, "assertion_invalid", [](TestWorld& w) {
         TestRequest request = w.account_request(w.stranger, "GET", "/api/v1/account");
         request.method = "DELETE";
         return w.send(request);
       }});
  rows.push_back({"An assertion header that stands twice is refused", 401, "assertion_invalid", [](TestWorld& w) {
                    TestRequest request = w.account_request(w.stranger, "GET", "/api/v1/account");
                    return w.send(request.add(request.headers[0].name, request.headers[0].value));
                  }});
  rows.push_back({"A query that was not asserted is refused", 401, "assertion_invalid", [](TestWorld& w) {
                    TestRequest request = w.account_request(w.stranger, "GET", "/api/v1/account");
                    request.target += "?all=1";
                    return w.send(request);
                  }});
  rows.push_back(aged("An assertion is good one second before its minute is over", 200, "", std::chrono::seconds(59)));
  rows.push_back(
      aged("An assertion of exactly a minute is refused", 401, "assertion_expired", std::chrono::seconds(60)));
  rows.push_back(
      aged("An assertion of a minute and a second is refused", 401, "assertion_expired", std::chrono::seconds(61)));
}

void add_changes(std::vector<Row>& rows) {
  rows.push_back(changed("An assertion with an id that was never given out is refused",
                         [](TestWorld&, auto& assertion) { assertion.assertion_id = kNoId; }));
  rows.push_back(changed("An assertion with the id of another assertion is refused", [](TestWorld& w, auto& assertion) {
    assertion.assertion_id = w.begin_assertion("GET", "/api/v1/account", "").id;
  }));
  rows.push_back(changed("An assertion whose id says a later end is refused", [](TestWorld&, auto& assertion) {
    Bytes id = must(base64url::decode(assertion.assertion_id));
    id[id.size() - 3] += 1;  // 65 seconds
    assertion.assertion_id = base64url::encode(id);
  }));
  rows.push_back(changed("An assertion whose id is cut short is refused",
                         [](TestWorld&, auto& assertion) { assertion.assertion_id.resize(28); }));
  rows.push_back(changed("An assertion with a changed signature is refused",
                         [](TestWorld&, auto& assertion) { assertion.response.signature.back() ^= 1; }));
  rows.push_back(changed("An assertion with no signature is refused",
                         [](TestWorld&, auto& assertion) { assertion.response.signature.clear(); }));
  rows.push_back(changed("An assertion with changed flags is refused",
                         [](TestWorld&, auto& assertion) { assertion.response.authenticator_data[32] ^= 0x10; }));
  rows.push_back(changed("An assertion with a raised counter is refused",
                         [](TestWorld&, auto& assertion) { assertion.response.authenticator_data[34] ^= 0x01; }));
  rows.push_back(changed("An assertion with changed client data is refused",
                         [](TestWorld&, auto& assertion) { assertion.response.client_data_json.push_back(' '); }));
  rows.push_back(changed("An assertion with the credential of another account is refused",
                         [](TestWorld& w, auto& assertion) { assertion.response.id = w.holder.credential_id; }));
  rows.push_back(changed("An assertion with an unknown credential is refused",
                         [](TestWorld& w, auto& assertion) { assertion.response.id = w.rng.bytes(32); }));
  rows.push_back(ceremony("An assertion without user verification is refused", [](TestWorld&) {
    Ceremony twist;
    twist.user_verified = false;
    return twist;
  }));
  rows.push_back(ceremony("An assertion over another challenge is refused", [](TestWorld& w) {
    Ceremony twist;
    twist.challenge = w.rng.bytes(32);
    return twist;
  }));
  rows.push_back(ceremony("An assertion made at another origin is refused", [](TestWorld&) {
    Ceremony twist;
    twist.origin = "https://mibun.example:8443";
    return twist;
  }));
  rows.push_back(ceremony("An assertion for another relying party is refused", [](TestWorld&) {
    Ceremony twist;
    twist.origin = "https://other.example";
    twist.rp_id = "other.example";
    return twist;
  }));
  rows.push_back(ceremony("An assertion whose counter stands still is refused", [](TestWorld& w) {
    w.send_well(w.account_request(w.stranger, "GET", "/api/v1/account"), 200);
    Ceremony twist;
    twist.counter = w.stranger.counter;
    return twist;
  }));
  rows.push_back(ceremony("An assertion whose counter goes back is refused", [](TestWorld& w) {
    w.send_well(w.account_request(w.stranger, "GET", "/api/v1/account"), 200);
    Ceremony twist;
    twist.counter = w.stranger.counter - 1;
    return twist;
  }));
}

}  // namespace

std::vector<Row> assertion_rows() {
  std::vector<Row> rows;
  add_routes(rows);
  add_replays(rows);
  add_changes(rows);
  rows.push_back(header("An empty assertion header is refused as missing", 401, "assertion_missing", ""));
  rows.push_back(header("An assertion header that is no base64url is refused", 401, "assertion_invalid", "***"));
  rows.push_back(header("An assertion header that holds no JSON is refused", 401, "assertion_invalid",
                        base64url::encode(std::string_view("not json"))));
  rows.push_back(header("An assertion header with missing members is refused", 401, "assertion_invalid",
                        base64url::encode(std::string_view(R"({"assertion_id":"a"})"))));
  rows.push_back(
      header("An assertion header of 9 KiB is refused", 401, "assertion_invalid", std::string(9 * 1024, 'A')));
  return rows;
}

}  // namespace mibun::server
