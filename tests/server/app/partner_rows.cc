#include "core/jose/jwk.h"
#include "tests/server/app/row.h"

// Registering a partner, and what a partner may ask and fetch.
namespace mibun::server {
namespace {

std::string unique_id() {
  static int count = 0;
  return "shop-" + std::to_string(++count);
}

// POST /api/v1/staff/partners with the application changed.
Row application(std::string sentence, int status, std::string code,
                std::function<void(TestWorld&, json::Object&)> change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            json::Object body = w.partner_application(w.new_program(unique_id()));
            change(w, body);
            return w.send(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/partners", json::serialize(body)));
          }};
}

Row malformed(std::string sentence, const std::string& member, const json::Value& value) {
  return application(std::move(sentence), 400, "request_malformed",
                     [=](TestWorld&, json::Object& body) { body[member] = value; });
}

json::Value parsed(std::string_view text) {
  return must(json::parse(text));
}

void add_applications(std::vector<Row>& rows) {
  rows.push_back(application("A partner id that is taken is refused", 409, "partner_exists",
                             [](TestWorld& w, json::Object& body) { body["partner_id"] = w.shop.id; }));
  for (const char* id : {"ab", "Shop", "shop/1", "shop 1", ""}) {
    rows.push_back(malformed("The partner id \"" + std::string(id) + "\" is refused", "partner_id", id));
  }
  for (const char* url : {"http://musubi.example/return", "musubi.example", "javascript:alert(1)",
                          "https://user@musubi.example/", "https://musubi.example/\\evil"}) {
    rows.push_back(malformed("The return address " + std::string(url) + " is refused", "redirect_uri", url));
  }
  rows.push_back(
      malformed("A return address with a fragment is refused", "redirect_uri", "https://musubi.example/return#here"));
  rows.push_back(malformed("A partner without a Japanese purpose is refused", "purpose", parsed(R"({"en":"x"})")));
  rows.push_back(malformed("A partner with an empty purpose is refused", "purpose", parsed(R"({"ja":"","en":""})")));
  rows.push_back(malformed("A partner who keeps data for minus one day is refused", "retention",
                           parsed(R"({"days":-1,"text":{"ja":"x","en":"x"}})")));
  rows.push_back(malformed("A partner who registers no credential is refused", "credentials", parsed("[]")));
  rows.push_back(malformed("A partner who registers an empty path is refused", "credentials",
                           parsed(R"([{"vct":"urn:mibun:identity:1","claims":[[]]}])")));
  rows.push_back(malformed("A key on another curve is refused", "jwk", parsed(R"({"kty":"EC","crv":"P-384"})")));
  rows.push_back(malformed("A shared secret as a key is refused as a private key", "jwk", parsed(R"({"kty":"oct"})")));
  rows.push_back(application("A key that is not on the curve is refused", 400, "request_malformed",
                             [](TestWorld&, json::Object& body) {
                               json::Object& jwk = body["jwk"].as_object();
                               jwk["y"] = jwk["x"];
                             }));
}

// POST /api/v1/partner/requests.
Row wish(std::string sentence, int status, std::string code, std::function<json::Object(TestWorld&)> query) {
  return {std::move(sentence), status, std::move(code), [query = std::move(query)](TestWorld& w) {
            json::Object body;
            body["dcql_query"] = query(w);
            return w.send(w.bound_request(w.token(w.shop), "POST", "/api/v1/partner/requests", json::serialize(body)));
          }};
}

json::Object& first_credential(json::Object& query) {
  return query["credentials"].as_array().front().as_object();
}

void add_wishes(std::vector<Row>& rows) {
  const std::string over = "claim_not_registered";
  rows.push_back(wish("A claim outside the registration is refused", 403, over,
                      [](TestWorld& w) { return w.dcql_query({{"birthdate"}}); }));
  rows.push_back(wish("One claim outside the registration among good ones is refused", 403, over,
                      [](TestWorld& w) { return w.dcql_query({{"given_name"}, {"document_number"}}); }));
  rows.push_back(wish("Another age than the registered one is refused", 403, over,
                      [](TestWorld& w) { return w.dcql_query({{"age_equal_or_over", "65"}}); }));
  rows.push_back(wish("All ages instead of the registered one are refused", 403, over,
                      [](TestWorld& w) { return w.dcql_query({{"age_equal_or_over"}}); }));
  rows.push_back(wish("Another type of credential is refused", 403, over, [](TestWorld& w) {
    json::Object query = w.dcql_query({{"given_name"}});
    first_credential(query)["meta"].as_object()["vct_values"] = json::Array{json::Value("urn:other:1")};
    return query;
  }));
  rows.push_back(wish("A query without credentials is refused", 400, "request_malformed",
                      [](TestWorld&) { return json::Object(); }));
  rows.push_back(wish("A query with an empty list of credentials is refused", 400, "request_malformed",
                      [](TestWorld&) { return json::Object{{"credentials", json::Array()}}; }));
  rows.push_back(wish("A query with a bad credential id is refused", 400, "request_malformed", [](TestWorld& w) {
    json::Object query = w.dcql_query({{"given_name"}});
    first_credential(query)["id"] = "a b";
    return query;
  }));
  rows.push_back(wish("A query with one id twice is refused", 400, "request_malformed", [](TestWorld& w) {
    json::Object query = w.dcql_query({{"given_name"}});
    json::Array& credentials = query["credentials"].as_array();
    credentials.push_back(json::Value(credentials.front()));
    return query;
  }));
  rows.push_back(wish("A query with a negative index in a path is refused", 400, "request_malformed", [](TestWorld& w) {
    json::Object query = w.dcql_query({{"given_name"}});
    first_credential(query)["claims"].as_array().front().as_object()["path"] = json::Array{json::Value(-1)};
    return query;
  }));
}

// The same with transactions, of which one thing is wrong.
void add_transactions(std::vector<Row>& rows) {
  struct Wrong {
    std::string sentence;
    std::function<void(json::Object&)> change;
    int status;
    std::string code;
  };
  const auto text = [](std::string_view json_text) { return must(json::parse(json_text)); };
  const Wrong wrongs[] = {
      {"A transaction to approve is taken", [](auto&) {}, 201, ""},
      {"A transaction of an unknown type is refused", [](auto& t) { t["type"] = "urn:other:1"; }, 400,
       "request_malformed"},
      {"A transaction without a type is refused", [](auto& t) { t.erase("type"); }, 400, "request_malformed"},
      {"A transaction with an unknown member is refused", [](auto& t) { t["note"] = "x"; }, 400, "request_malformed"},
      {"A transaction for a card that is not asked for is refused",
       [](auto& t) { t["credential_ids"] = json::Array{"photo"}; }, 400, "request_malformed"},
      {"A transaction for no card is refused", [](auto& t) { t["credential_ids"] = json::Array{}; }, 400,
       "request_malformed"},
      {"A transaction in one language is refused", [text](auto& t) { t["text"] = text(R"({"en":"x"})"); }, 400,
       "request_malformed"},
      {"A payment of a negative amount is refused",
       [text](auto& t) { t["payment"] = text(R"({"amount":"-1","currency":"JPY","payee":"x"})"); }, 400,
       "request_malformed"},
      {"A payment to nobody is refused",
       [text](auto& t) { t["payment"] = text(R"({"amount":"1","currency":"JPY","payee":""})"); }, 400,
       "request_malformed"},
  };
  const auto send = [](TestWorld& w, json::Array transactions) {
    const json::Object body{{"dcql_query", w.dcql_query({{"given_name"}})},
                            {"transaction_data", std::move(transactions)}};
    return w.send(w.bound_request(w.token(w.shop), "POST", "/api/v1/partner/requests", json::serialize(body)));
  };
  const json::Object good = must(json::parse_object(R"({"type":"urn:mibun:transaction:approval:1",
      "credential_ids":["identity"],"approval_id":"order-1","text":{"ja":"承認","en":"Approve"}})"));
  for (const Wrong& wrong : wrongs) {
    rows.push_back({wrong.sentence, wrong.status, wrong.code, [=](TestWorld& w) {
                      json::Object transaction = good;
                      wrong.change(transaction);
                      return send(w, {std::move(transaction)});
                    }});
  }
  rows.push_back({"The same transaction twice is refused", 400, "request_malformed",
                  [=](TestWorld& w) { return send(w, {good, good}); }});
  rows.push_back({"A transaction that is no object is refused", 400, "request_malformed",
                  [=](TestWorld& w) { return send(w, {json::Value("e30")}); }});
  rows.push_back({"Six transactions are refused", 400, "request_malformed", [=](TestWorld& w) {
                    json::Array many;
                    for (int i = 0; i < 6; ++i) {
                      json::Object one = good;
                      one["approval_id"] = "order-" + std::to_string(i);
                      many.push_back(std::move(one));
                    }
                    return send(w, std::move(many));
                  }});
  rows.push_back(
      {"A response mode that does not fit the mode is refused", 400, "request_malformed", [](TestWorld& w) {
         const json::Object body{{"dcql_query", w.dcql_query({{"given_name"}})}, {"response_mode", "dc_api.jwt"}};
         return w.send(w.bound_request(w.token(w.shop), "POST", "/api/v1/partner/requests", json::serialize(body)));
       }});
}

Reply take(TestWorld& w, const Program& partner, const AskedRequest& asked, const std::string& response_code) {
  return w.send(w.take(partner, asked.id, w.claim(asked.session_secret, response_code)));
}

void add_results(std::vector<Row>& rows) {
  rows.push_back({"A request that was never made has no state", 404, "request_not_found", [](TestWorld& w) {
                    return w.send(
                        w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/requests/" + std::string(kNoId)));
                  }});
  rows.push_back({"Another partner's request has no state", 404, "request_not_found", [](TestWorld& w) {
                    return w.send(
                        w.bound_request(w.token(w.other_shop), "GET", "/api/v1/partner/requests/" + w.ask(w.shop).id));
                  }});
  rows.push_back({"Another partner's result is not found", 404, "request_not_found", [](TestWorld& w) {
                    const auto [asked, response_code] = w.answered();
                    return take(w, w.other_shop, asked, response_code);
                  }});
  rows.push_back({"The result of a request that was never made is not found", 404, "request_not_found",
                  [](TestWorld& w) { return take(w, w.shop, {std::string(kNoId), {}, "x", {}}, "x"); }});
  rows.push_back({"A result before the answer is not ready", 409, "result_not_ready",
                  [](TestWorld& w) { return take(w, w.shop, w.ask(w.shop), "x"); }});
  rows.push_back({"A wrong response_code is refused", 403, "oid4vp_response_code_wrong",
                  [](TestWorld& w) { return take(w, w.shop, w.answered().first, std::string(kCanary)); }});
  rows.push_back({"An empty response_code is refused", 403, "oid4vp_response_code_wrong",
                  [](TestWorld& w) { return take(w, w.shop, w.answered().first, ""); }});
  rows.push_back(
      {"The response_code of another answer is refused", 403, "oid4vp_response_code_wrong", [](TestWorld& w) {
         const std::string other = w.answered().second;
         return take(w, w.shop, w.answered().first, other);
       }});
  rows.push_back({"A result is handed over once", 410, "result_already_given", [](TestWorld& w) {
                    const auto [asked, response_code] = w.answered();
                    if (take(w, w.shop, asked, response_code).status() != 200) throw std::runtime_error("first use");
                    return take(w, w.shop, asked, response_code);
                  }});
  rows.push_back(
      {"A request that the person refused has no result", 409, "request_refused_by_holder", [](TestWorld& w) {
         const AskedRequest asked = w.ask(w.shop);
         const auto request = w.fetch(asked);
         const std::string redirect =
             w.send_well(w.answer(asked, oid4vp::build_error_form(request, "access_denied")), 200).text("redirect_uri");
         return take(w, w.shop, asked, redirect.substr(redirect.find('=') + 1));
       }});
}

}  // namespace

std::vector<Row> partner_rows() {
  std::vector<Row> rows;
  add_applications(rows);
  add_wishes(rows);
  add_transactions(rows);
  add_results(rows);
  return rows;
}

}  // namespace mibun::server
