#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "tests/server/app/row.h"

// The token endpoint, and the tokens it gives at every route that asks for one.
namespace mibun::server {
namespace {

// ---- Tokens at the routes ----

struct TokenRoute {
  std::string method, target, body;
  bool staff;  // else partner
};

const std::vector<TokenRoute>& token_routes() {
  static const std::string id(kNoId);
  static const std::vector<TokenRoute> all = {
      {"GET", "/api/v1/staff/cases", "", true},
      {"GET", "/api/v1/staff/cases/" + id, "", true},
      {"POST", "/api/v1/staff/cases/" + id + "/decisions", "{}", true},
      {"GET", "/api/v1/staff/partners", "", true},
      {"POST", "/api/v1/staff/partners", "{}", true},
      {"GET", "/api/v1/staff/readers", "", true},
      {"GET", "/api/v1/staff/reports", "", true},
      {"GET", "/api/v1/staff/reports/" + id, "", true},
      {"GET", "/api/v1/staff/inquiries", "", true},
      {"GET", "/api/v1/staff/inquiries/" + id, "", true},
      {"POST", "/api/v1/staff/inquiries/" + id + "/answer", "{}", true},
      {"POST", "/api/v1/staff/readers/" + id + "/revocation", "", true},
      {"POST", "/api/v1/partner/readers", "{}", false},
      {"GET", "/api/v1/partner/deletion-requests", "", false},
      {"POST", "/api/v1/partner/deletion-requests/" + std::string(kNoId), "{}", false},
      {"POST", "/api/v1/partner/requests", "{}", false},
      {"GET", "/api/v1/partner/requests/" + id, "", false},
      {"POST", "/api/v1/partner/requests/" + id + "/answer", "{}", false},
      {"POST", "/api/v1/partner/requests/" + id + "/result", "{}", false},
  };
  return all;
}

const Program& right_one(TestWorld& w, const TokenRoute& route) {
  return route.staff ? w.akari : w.shop;
}
const Program& wrong_one(TestWorld& w, const TokenRoute& route) {
  return route.staff ? w.shop : w.akari;
}

TestRequest right_request(TestWorld& w, const TokenRoute& route) {
  return w.bound_request(w.token(right_one(w, route)), route.method, route.target, route.body);
}

void add_routes(std::vector<Row>& rows) {
  for (const TokenRoute& route : token_routes()) {
    const std::string name = route.method + " " + route.target;
    rows.push_back({name + " without a token is refused", 401, "oauth_token_missing",
                    [&route](TestWorld& w) { return w.send(right_request(w, route).drop("Authorization")); }});
    rows.push_back(
        {name + " with a bound token as bearer is refused", 401, "oauth_invalid_token", [&route](TestWorld& w) {
           const BoundToken token = w.token(right_one(w, route));
           TestRequest request = w.bound_request(token, route.method, route.target, route.body);
           return w.send(request.set("Authorization", "Bearer " + token.token));
         }});
    rows.push_back({name + " with the token of the other scope is refused", 403, "oauth_insufficient_scope",
                    [&route](TestWorld& w) {
                      return w.send(
                          w.bound_request(w.token(wrong_one(w, route)), route.method, route.target, route.body));
                    }});
    rows.push_back(
        {name + " with a token nobody gave out is refused", 401, "oauth_invalid_token",
         [&route](TestWorld& w) { return w.send(right_request(w, route).set("Authorization", "DPoP kanaria7391")); }});
    rows.push_back({name + " without a DPoP proof is refused", 401, "dpop_invalid_proof",
                    [&route](TestWorld& w) { return w.send(right_request(w, route).drop("DPoP")); }});
    rows.push_back(
        {name + " with a DPoP proof for another address is refused", 401, "dpop_invalid_proof", [&route](TestWorld& w) {
           const BoundToken token = w.token(right_one(w, route));
           TestRequest request = w.bound_request(token, route.method, route.target, route.body);
           const auto proof = w.dpop_proof(*token.key, route.method, "/api/v1/elsewhere", token.token);
           return w.send(request.set("DPoP", sign_jwt(proof, *token.key)));
         }});
  }
}

// GET /api/v1/staff/cases with its proof changed.
using Change = std::function<void(TestWorld&, JwtParts&)>;
Row proof(std::string sentence, int status, std::string code, Change change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            const BoundToken token = w.token(w.akari);
            TestRequest request = w.bound_request(token, "GET", "/api/v1/staff/cases");
            JwtParts parts = w.dpop_proof(*token.key, "GET", "/api/v1/staff/cases", token.token);
            change(w, parts);
            return w.send(request.set("DPoP", sign_jwt(parts, *token.key)));
          }};
}

Row proof_at(std::string sentence, int status, std::string code, std::int64_t seconds_from_now) {
  return proof(std::move(sentence), status, std::move(code), [=](TestWorld& w, JwtParts& parts) {
    parts.payload["iat"] = w.clock.now().unix_seconds() + seconds_from_now;
  });
}

void add_proofs(std::vector<Row>& rows) {
  const std::string bad = "dpop_invalid_proof";
  rows.push_back(proof("A DPoP proof for POST is refused at GET", 401, bad,
                       [](TestWorld&, JwtParts& parts) { parts.payload["htm"] = "POST"; }));
  rows.push_back(proof("A DPoP proof for get in small letters is refused", 401, bad,
                       [](TestWorld&, JwtParts& parts) { parts.payload["htm"] = "get"; }));
  rows.push_back(proof("A DPoP proof for another host is refused", 401, bad, [](TestWorld&, JwtParts& parts) {
    parts.payload["htu"] = "https://other.example/api/v1/staff/cases";
  }));
  rows.push_back(proof("A DPoP proof for http is refused", 401, bad, [](TestWorld&, JwtParts& parts) {
    parts.payload["htu"] = "http://mibun.example/api/v1/staff/cases";
  }));
  rows.push_back(proof("A DPoP proof for another access token is refused", 401, bad, [](TestWorld&, JwtParts& parts) {
    parts.payload["ath"] = base64url::encode(crypto::sha256(std::string_view("another")));
  }));
  for (const char* name : {"jti", "htm", "htu", "iat", "ath"}) {
    rows.push_back(proof("A DPoP proof without " + std::string(name) + " is refused", 401, bad,
                         [name](TestWorld&, JwtParts& parts) { parts.payload.erase(name); }));
    rows.push_back(proof("A DPoP proof with an object as " + std::string(name) + " is refused", 401, bad,
                         [name](TestWorld&, JwtParts& parts) { parts.payload[name] = json::Object(); }));
  }
  rows.push_back(proof("A DPoP proof with an empty jti is refused", 401, bad,
                       [](TestWorld&, JwtParts& parts) { parts.payload["jti"] = ""; }));
  rows.push_back(proof_at("A DPoP proof of 300 seconds ago is good", 200, "", -300));
  rows.push_back(proof_at("A DPoP proof of 301 seconds ago is refused", 401, bad, -301));
  rows.push_back(proof_at("A DPoP proof from 60 seconds ahead is good", 200, "", 60));
  rows.push_back(proof_at("A DPoP proof from 61 seconds ahead is refused", 401, bad, 61));
}

Row aged(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const BoundToken token = w.token(w.akari);
            w.clock.advance(age);
            return w.send(w.bound_request(token, "GET", "/api/v1/staff/cases"));
          }};
}

void add_tokens(std::vector<Row>& rows) {
  rows.push_back({"A DPoP proof that was used before is refused", 401, "dpop_replayed", [](TestWorld& w) {
                    const TestRequest request = w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases");
                    w.send_well(request, 200);
                    return w.send(request);
                  }});
  rows.push_back({"A stolen token with a proof by the thief's key is refused", 401, "dpop_wrong_key", [](TestWorld& w) {
                    const BoundToken stolen{w.token(w.akari).token, w.shop.dpop_key};
                    return w.send(w.bound_request(stolen, "GET", "/api/v1/staff/cases"));
                  }});
  rows.push_back({"Two DPoP headers are refused", 401, "dpop_invalid_proof", [](TestWorld& w) {
                    TestRequest request = w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases");
                    return w.send(request.add("DPoP", request.headers.back().value));
                  }});
  rows.push_back({"Two Authorization headers are refused", 401, "oauth_invalid_token", [](TestWorld& w) {
                    TestRequest request = w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases");
                    return w.send(request.add("Authorization", "DPoP x"));
                  }});
  rows.push_back({"Basic authentication is refused", 401, "oauth_invalid_token", [](TestWorld& w) {
                    TestRequest request = w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases");
                    return w.send(request.set("Authorization", "Basic a2FuYXJpYTpw"));
                  }});
  rows.push_back(aged("A token is good one second before five minutes are over", 200, "", std::chrono::seconds(299)));
  rows.push_back(
      aged("A token of exactly five minutes is refused", 401, "oauth_invalid_token", std::chrono::seconds(300)));
  rows.push_back(
      aged("A token of five minutes and a second is refused", 401, "oauth_invalid_token", std::chrono::seconds(301)));
}

// ---- The token endpoint ----

Row client(std::string sentence, int status, std::string code, Change change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            JwtParts parts = w.client_assertion(w.shop);
            change(w, parts);
            return w.send(w.client_credentials(w.shop, sign_jwt(parts, *w.shop.key)));
          }};
}

Row expiring(std::string sentence, int status, std::string code, std::int64_t seconds_from_now) {
  return client(std::move(sentence), status, std::move(code), [=](TestWorld& w, JwtParts& parts) {
    parts.payload["exp"] = w.clock.now().unix_seconds() + seconds_from_now;
  });
}

void add_clients(std::vector<Row>& rows) {
  const std::string bad = "invalid_client";
  rows.push_back(client("A client assertion for another audience is refused", 401, bad,
                        [](TestWorld&, JwtParts& parts) { parts.payload["aud"] = "https://other.example"; }));
  rows.push_back(client("A client assertion for two audiences is refused", 401, bad, [](TestWorld&, JwtParts& parts) {
    parts.payload["aud"] = json::Array{json::Value(kOrigin), json::Value("https://other.example")};
  }));
  rows.push_back(client("A client assertion of an unknown client is refused", 401, bad,
                        [](TestWorld&, JwtParts& parts) { parts.payload["iss"] = parts.payload["sub"] = kCanary; }));
  rows.push_back(
      client("A client assertion in the name of another client is refused", 401, bad,
             [](TestWorld& w, JwtParts& parts) { parts.payload["iss"] = parts.payload["sub"] = w.akari.id; }));
  rows.push_back(client("A client assertion whose iss and sub differ is refused", 401, bad,
                        [](TestWorld& w, JwtParts& parts) { parts.payload["iss"] = w.akari.id; }));
  for (const char* name : {"iss", "sub", "aud", "jti", "exp"}) {
    rows.push_back(client("A client assertion without " + std::string(name) + " is refused", 401, bad,
                          [name](TestWorld&, JwtParts& parts) { parts.payload.erase(name); }));
  }
  rows.push_back(expiring("A client assertion that expired 59 seconds ago is good, within the skew", 200, "", -59));
  rows.push_back(
      expiring("A client assertion that expired 60 seconds ago is refused, at the skew's end", 401, bad, -60));
  rows.push_back(expiring("A client assertion that expired 61 seconds ago is refused", 401, bad, -61));
  rows.push_back(expiring("A client assertion that lives for 11 minutes is refused", 401, bad, 661));
  rows.push_back(
      client("A client assertion from two minutes ahead is refused", 401, bad, [](TestWorld& w, JwtParts& parts) {
        parts.payload["iat"] = w.clock.now().unix_seconds() + 120;
        parts.payload["exp"] = w.clock.now().unix_seconds() + 180;
      }));
  rows.push_back({"A client assertion that was used before is refused", 401, bad, [](TestWorld& w) {
                    const std::string assertion = sign_jwt(w.client_assertion(w.shop), *w.shop.key);
                    w.send_well(w.client_credentials(w.shop, assertion), 200);
                    return w.send(w.client_credentials(w.shop, assertion));
                  }});
  rows.push_back({"A DPoP proof that was used at the token endpoint is refused there", 400, "invalid_dpop_proof",
                  [](TestWorld& w) {
                    TestRequest first = w.client_credentials(w.shop, sign_jwt(w.client_assertion(w.shop), *w.shop.key));
                    TestRequest second =
                        w.client_credentials(w.shop, sign_jwt(w.client_assertion(w.shop), *w.shop.key));
                    second.set("DPoP", first.headers.back().value);
                    w.send_well(first, 200);
                    return w.send(second);
                  }});
}

using Fields = std::vector<std::pair<std::string, std::string>>;
Row form_row(std::string sentence, int status, std::string code, std::function<Fields(TestWorld&)> fields) {
  return {std::move(sentence), status, std::move(code), [fields = std::move(fields)](TestWorld& w) {
            const auto key = crypto::P256PrivateKey::generate();
            return w.send(w.token_request(fields(w), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
          }};
}

Fields client_fields(TestWorld& w) {
  return {{"grant_type", "client_credentials"},
          {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
          {"client_assertion", sign_jwt(w.client_assertion(w.shop), *w.shop.key)}};
}

Fields replaced(Fields fields, const std::string& name, const std::string& value) {
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
  return fields;
}

Fields added(Fields fields, const std::string& name, const std::string& value) {
  fields.emplace_back(name, value);
  return fields;
}

void add_forms(std::vector<Row>& rows) {
  rows.push_back(form_row("A token request without grant_type is refused", 400, "invalid_request",
                          [](TestWorld&) { return Fields{{"scope", "staff"}}; }));
  for (const char* grant : {"password", "implicit", "kanaria7391"}) {
    rows.push_back(form_row("The grant type " + std::string(grant) + " is refused", 400, "unsupported_grant_type",
                            [grant](TestWorld&) { return Fields{{"grant_type", grant}}; }));
  }
  rows.push_back(form_row("A shared secret is refused", 401, "invalid_client",
                          [](TestWorld& w) { return added(client_fields(w), "client_secret", std::string(kCanary)); }));
  rows.push_back(form_row("Another kind of client assertion is refused", 401, "invalid_client", [](TestWorld& w) {
    return replaced(client_fields(w), "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
  }));
  rows.push_back(form_row("A client_id beside the assertion that is another is refused", 401, "invalid_client",
                          [](TestWorld& w) { return added(client_fields(w), "client_id", w.akari.id); }));
  rows.push_back(form_row("A partner who asks for the staff scope is refused", 400, "invalid_scope",
                          [](TestWorld& w) { return added(client_fields(w), "scope", "staff"); }));
  rows.push_back(form_row("A scope that does not exist is refused", 400, "invalid_scope",
                          [](TestWorld& w) { return added(client_fields(w), "scope", std::string(kCanary)); }));
  rows.push_back(form_row("A grant_type that stands twice is refused", 400, "invalid_request",
                          [](TestWorld& w) { return added(client_fields(w), "grant_type", "client_credentials"); }));
  rows.push_back(form_row("A client assertion that is missing is refused", 400, "invalid_request",
                          [](TestWorld& w) { return replaced(client_fields(w), "client_assertion", ""); }));
  rows.push_back({"A token request without a DPoP proof is refused", 400, "invalid_dpop_proof",
                  [](TestWorld& w) { return w.send(w.token_request(client_fields(w), "x").drop("DPoP")); }});
  rows.push_back({"A token request with two DPoP proofs is refused", 400, "invalid_dpop_proof", [](TestWorld& w) {
                    TestRequest request = w.token_request(client_fields(w), "x");
                    return w.send(request.add("DPoP", "y"));
                  }});
  rows.push_back({"A token request with broken percent escapes is refused", 400, "invalid_request", [](TestWorld& w) {
                    TestRequest request = w.token_request({}, "x");
                    request.body = "grant_type=%zz";
                    return w.send(request);
                  }});
}

// ---- Pre-authorized codes ----

Reply redeem(TestWorld& w, const Offer& offer) {
  const auto key = crypto::P256PrivateKey::generate();
  return w.send(w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
}

Offer with_wrong_tx_code(Offer offer) {
  offer.tx_code[5] = offer.tx_code[5] == '0' ? '1' : '0';
  return offer;
}

Row aged_code(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const Offer offer = w.fresh_offer();
            w.clock.advance(age);
            return redeem(w, offer);
          }};
}

void add_codes(std::vector<Row>& rows) {
  const std::string bad = "invalid_grant";
  rows.push_back({"A pre-authorized code that nobody gave out is refused", 400, bad,
                  [](TestWorld& w) { return redeem(w, {std::string(kCanary), "000000"}); }});
  rows.push_back({"A pre-authorized code without its tx_code is refused", 400, "invalid_request",
                  [](TestWorld& w) { return redeem(w, {w.fresh_offer().code, ""}); }});
  rows.push_back({"A wrong tx_code is refused", 400, bad,
                  [](TestWorld& w) { return redeem(w, with_wrong_tx_code(w.fresh_offer())); }});
  rows.push_back({"The right tx_code after four wrong ones is good", 200, "", [](TestWorld& w) {
                    const Offer offer = w.fresh_offer();
                    for (int i = 0; i < 4; ++i) redeem(w, with_wrong_tx_code(offer));
                    return redeem(w, offer);
                  }});
  rows.push_back({"The right tx_code after five wrong ones is refused", 400, bad, [](TestWorld& w) {
                    const Offer offer = w.fresh_offer();
                    for (int i = 0; i < 5; ++i) redeem(w, with_wrong_tx_code(offer));
                    return redeem(w, offer);
                  }});
  rows.push_back({"The tx_code of an earlier offer is refused", 400, bad, [](TestWorld& w) {
                    const Offer old = w.fresh_offer();
                    return redeem(w, {w.fresh_offer().code, old.tx_code});
                  }});
  rows.push_back({"A code that a newer offer replaced is refused", 400, bad, [](TestWorld& w) {
                    const Offer old = w.fresh_offer();
                    w.fresh_offer();
                    return redeem(w, old);
                  }});
  rows.push_back({"A pre-authorized code works once", 400, bad, [](TestWorld& w) {
                    const Offer offer = w.fresh_offer();
                    if (redeem(w, offer).status() != 200) throw std::runtime_error("first use");
                    return redeem(w, offer);
                  }});
  rows.push_back(
      aged_code("A code is good one second before ten minutes are over", 200, "", std::chrono::seconds(599)));
  rows.push_back(aged_code("A code of exactly ten minutes is refused", 400, bad, std::chrono::seconds(600)));
  rows.push_back(aged_code("A code of ten minutes and a second is refused", 400, bad, std::chrono::seconds(601)));
  rows.push_back({"A pre-authorized code of 600 characters is refused", 400, "invalid_request",
                  [](TestWorld& w) { return redeem(w, {std::string(600, 'k'), "000000"}); }});
}

}  // namespace

std::vector<Row> token_rows() {
  std::vector<Row> rows;
  add_routes(rows);
  add_proofs(rows);
  add_tokens(rows);
  add_clients(rows);
  add_forms(rows);
  add_codes(rows);
  return rows;
}

}  // namespace mibun::server
