#include "core/codecs/base64url.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "tests/server/app/row.h"
#include "tests/server/app/sent_key.h"

// The JSON body of every route that takes one.
namespace mibun::server {
namespace {

enum class Caller { nobody, device, staff, partner, wallet };

struct JsonRoute {
  std::string name;
  Caller caller;
  std::string method, target;
  std::vector<std::string> members;  // all needed
  std::string good;                  // a body with every member of the right type
  int status = 400;
  std::string code = "request_malformed";
  bool extensible = false;  // its specification says: ignore what you do not know; or no is the only answer
};

const std::vector<JsonRoute>& routes() {
  static const std::string id(kNoId);
  static const std::vector<JsonRoute> all = {
      {"The body of POST /api/v1/registrations", Caller::nobody, "POST", "/api/v1/registrations", {}, "{}"},
      {"The body of POST /api/v1/registrations/{id}",
       Caller::nobody,
       "POST",
       "/api/v1/registrations/" + id,
       {"terms_version", "credential"},
       R"({"terms_version":"2026-11-01","credential":{}})"},
      {"The body of POST /api/v1/assertions",
       Caller::nobody,
       "POST",
       "/api/v1/assertions",
       {"method", "target", "body_sha256"},
       R"({"method":"GET","target":"/api/v1/account","body_sha256":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/revocations",
       Caller::nobody,
       "POST",
       "/api/v1/revocations",
       {"revocation_code"},
       R"({"revocation_code":"AAAA"})"},
      {"The body of POST /api/v1/authorizations/{id}/approval",
       Caller::device,
       "POST",
       "/api/v1/authorizations/" + id + "/approval",
       {},
       "{}"},
      {"The body of POST /api/v1/authorizations/{id}/refusal",
       Caller::nobody,
       "POST",
       "/api/v1/authorizations/" + id + "/refusal",
       {},
       "{}"},
      {"The body of POST /api/v1/account/keys",
       Caller::device,
       "POST",
       "/api/v1/account/keys",
       {},
       "{}",
       400,
       "request_malformed",
       true},
      {"The body of POST /api/v1/account/terms",
       Caller::device,
       "POST",
       "/api/v1/account/terms",
       {"terms_version"},
       R"({"terms_version":"2026-11-01"})"},
      {"The body of POST /api/v1/moves",
       Caller::device,
       "POST",
       "/api/v1/moves",
       {"proof_sha256", "watch_sha256"},
       R"({"proof_sha256":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","watch_sha256":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/moves/lookup",
       Caller::nobody,
       "POST",
       "/api/v1/moves/lookup",
       {"proof"},
       R"({"proof":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/moves/{id}/unit",
       Caller::nobody,
       "POST",
       "/api/v1/moves/" + id + "/unit",
       {"proof", "registration_id", "terms_version", "credential", "watch_sha256", "tag", "seal_key", "name"},
       R"({"proof":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","registration_id":"AAAA","terms_version":"2026-11-01","credential":{},"watch_sha256":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
           "tag":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","seal_key":{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},"name":"Android"})"},
      {"The body of POST /api/v1/moves/{id}/state",
       Caller::nobody,
       "POST",
       "/api/v1/moves/" + id + "/state",
       {"watch"},
       R"({"watch":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/moves/{id}/opening",
       Caller::nobody,
       "POST",
       "/api/v1/moves/" + id + "/opening",
       {"watch", "nonce"},
       R"({"watch":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","nonce":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/moves/{id}/cancellation",
       Caller::nobody,
       "POST",
       "/api/v1/moves/" + id + "/cancellation",
       {"watch"},
       R"({"watch":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/moves/{id}/confirmation",
       Caller::device,
       "POST",
       "/api/v1/moves/" + id + "/confirmation",
       {"unit_key"},
       R"({"unit_key":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /api/v1/moves/{id}/completion",
       Caller::device,
       "POST",
       "/api/v1/moves/" + id + "/completion",
       {},
       "{}"},
      {"The body of POST /api/v1/history",
       Caller::device,
       "POST",
       "/api/v1/history",
       {"sealed"},
       R"({"sealed":"a.b.c.d.e"})"},
      {"The body of POST /api/v1/reports",
       Caller::device,
       "POST",
       "/api/v1/reports",
       {"id", "reason_code", "client_id", "organization", "on"},
       R"({"id":"report-of-this-test","reason_code":"other","client_id":"x","organization":"x","on":"2026-11-28"})"},
      {"The body of POST /api/v1/inquiries",
       Caller::device,
       "POST",
       "/api/v1/inquiries",
       {"id", "kind", "text"},
       R"({"id":"inquiry-of-this-test","kind":"other","text":"x"})"},
      {"The body of POST /api/v1/staff/inquiries/{id}/answer",
       Caller::staff,
       "POST",
       "/api/v1/staff/inquiries/" + id + "/answer",
       {"text"},
       R"({"text":"x"})"},
      {"The body of POST /api/v1/proofing/cases",
       Caller::device,
       "POST",
       "/api/v1/proofing/cases",
       {"method"},
       R"({"method":"emrtd"})"},
      {"The body of POST /api/v1/proofing/cases/{id}/submission",
       Caller::device,
       "POST",
       "/api/v1/proofing/cases/" + id + "/submission",
       {"active_authentication_signature"},
       R"({"active_authentication_signature":"AAAA"})"},
      {"The body of POST /api/v1/proofing/cases/{id}/appeal",
       Caller::device,
       "POST",
       "/api/v1/proofing/cases/" + id + "/appeal",
       {"text"},
       R"({"text":"x"})"},
      {"The body of POST /api/v1/proofing/cases/{id}/offer",
       Caller::device,
       "POST",
       "/api/v1/proofing/cases/" + id + "/offer",
       {},
       "{}"},
      {"The body of POST /api/v1/staff/cases/{id}/decisions",
       Caller::staff,
       "POST",
       "/api/v1/staff/cases/" + id + "/decisions",
       {"decision", "reason_code"},
       R"({"decision":"approve","reason_code":"all_checks_passed"})"},
      {"The body of POST /api/v1/staff/partners",
       Caller::staff,
       "POST",
       "/api/v1/staff/partners",
       {"partner_id", "organization", "purpose", "retention", "cautions", "credentials", "redirect_uri", "jwk"},
       ""},
      {"The body of POST /api/v1/partner/readers",
       Caller::partner,
       "POST",
       "/api/v1/partner/readers",
       {"name", "jwk"},
       R"({"name":"Counter 1","jwk":{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}})"},
      {"The body of POST /api/v1/partner/requests",
       Caller::partner,
       "POST",
       "/api/v1/partner/requests",
       {"dcql_query"},
       R"({"dcql_query":{}})"},
      {"The body of POST /api/v1/partner/requests/{id}/answer",
       Caller::partner,
       "POST",
       "/api/v1/partner/requests/" + id + "/answer",
       {"session_secret", "data"},
       R"({"session_secret":"AAAA","data":{"response":"x"}})"},
      {"The body of POST /api/v1/partner/requests/{id}/result",
       Caller::partner,
       "POST",
       "/api/v1/partner/requests/" + id + "/result",
       {"session_secret"},
       R"({"session_secret":"AAAA","response_code":"AAAA"})"},
      {"The body of POST /api/v1/partner/deletion-requests/{id}",
       Caller::partner,
       "POST",
       "/api/v1/partner/deletion-requests/" + id,
       {"state"},
       R"({"state":"done"})"},
      {"The body of POST /api/v1/deletion-requests",
       Caller::nobody,
       "POST",
       "/api/v1/deletion-requests",
       {"receipt", "secret"},
       R"({"receipt":"a.b.c","secret":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})"},
      {"The body of POST /oid4vci/credential",
       Caller::wallet,
       "POST",
       "/oid4vci/credential",
       {"credential_configuration_id"},
       R"({"credential_configuration_id":"mibun_identity_sd_jwt","proofs":{"jwt":["x"]}})",
       400,
       "invalid_credential_request",
       true},
      {"The body of POST /oid4vci/deferred_credential",
       Caller::wallet,
       "POST",
       "/oid4vci/deferred_credential",
       {"transaction_id"},
       R"({"transaction_id":"AAAA"})",
       400,
       "invalid_credential_request",
       true},
      {"The body of POST /oid4vci/notification",
       Caller::wallet,
       "POST",
       "/oid4vci/notification",
       {"notification_id", "event"},
       R"({"notification_id":"AAAA","event":"credential_accepted"})",
       400,
       "invalid_notification_request",
       true},
  };
  return all;
}

std::string good_body(TestWorld& w, const JsonRoute& route) {
  return route.good.empty() ? json::serialize(w.partner_application(w.new_program("new-shop"))) : route.good;
}

// A token for several rows; a new one before it runs out.
const BoundToken& token_of(TestWorld& w, Caller caller) {
  static std::map<Caller, std::pair<Instant, BoundToken>> kept;
  auto& [since, token] = kept[caller];
  if (token.token.empty() || w.clock.now() - since > std::chrono::minutes(4)) {
    token = caller == Caller::wallet ? w.holder_token() : w.token(caller == Caller::staff ? w.akari : w.shop);
    since = w.clock.now();
  }
  return token;
}

Reply send_body(TestWorld& w, const JsonRoute& route, const std::string& body) {
  if (route.caller == Caller::device) {
    return w.send(w.account_request(w.stranger, route.method, route.target, body));
  }
  if (route.caller == Caller::nobody) {
    return w.send({route.method, route.target, body, {{"Content-Type", std::string(kJsonType)}}});
  }
  return w.send(w.bound_request(token_of(w, route.caller), route.method, route.target, body));
}

using Spoil = std::function<std::string(const std::string& good)>;
Row spoiled(const JsonRoute& route, const std::string& how, Spoil spoil) {
  return {route.name + " " + how + " is refused", route.status, route.code,
          [&route, spoil = std::move(spoil)](TestWorld& w) { return send_body(w, route, spoil(good_body(w, route))); }};
}

std::string without(const std::string& good, const std::string& name) {
  json::Object body = must(json::parse_object(good));
  body.erase(name);
  return json::serialize(body);
}

std::string with(const std::string& good, const std::string& name, const json::Value& value) {
  json::Object body = must(json::parse_object(good));
  body[name] = value;
  return json::serialize(body);
}

void add_shapes(std::vector<Row>& rows, const JsonRoute& route) {
  for (const std::string& name : route.members) {
    rows.push_back(spoiled(route, "without " + name, [name](const std::string& good) { return without(good, name); }));
    rows.push_back(
        spoiled(route, "with a number as " + name, [name](const std::string& good) { return with(good, name, 7391); }));
  }
  if (!route.extensible) {
    rows.push_back(spoiled(route, "with an unknown member",
                           [](const std::string& good) { return with(good, std::string(kCanary), true); }));
  }
  rows.push_back(spoiled(route, "that is an array", [](const std::string& good) { return "[" + good + "]"; }));
  rows.push_back(spoiled(route, "with a member twice", [](const std::string& good) {
    return R"({"kanaria7391":1,"kanaria7391":2)" + std::string(good.size() > 2 ? "," : "") + good.substr(1);
  }));
  rows.push_back(spoiled(route, "with something behind it", [](const std::string& good) { return good + "{}"; }));
  rows.push_back(spoiled(route, "with broken UTF-8", [](const std::string&) { return "{\"\xff\":1}"; }));
  rows.push_back(spoiled(route, "that is nested 40 deep", [](const std::string&) {
    return R"({"kanaria7391":)" + std::string(40, '[') + std::string(40, ']') + "}";
  }));
}

// A private key in any form and at any depth is refused before anything else is said about the body.
void add_private_keys(std::vector<Row>& rows, const JsonRoute& route) {
  rows.push_back(
      {route.name + " with a private JWK in it is refused and forgotten", 400, "private_key_rejected",
       [&route](TestWorld& w) { return send_body(w, route, with(good_body(w, route), "jwk", sent_private_jwk())); }});
  rows.push_back({route.name + " that is nothing but a private key as PEM is refused and forgotten", 400,
                  "private_key_rejected", [&route](TestWorld& w) { return send_body(w, route, sent_private_pem()); }});
  rows.push_back({route.name + " with a private key as PEM deep in it is refused and forgotten", 400,
                  "private_key_rejected", [&route](TestWorld& w) {
                    json::Object inner{{"note", json::Array{json::Value(sent_private_pem())}}};
                    return send_body(w, route, with(good_body(w, route), "extra", std::move(inner)));
                  }});
}

}  // namespace

std::vector<Row> body_rows() {
  std::vector<Row> rows;
  for (const JsonRoute& route : routes()) {
    add_shapes(rows, route);
    add_private_keys(rows, route);
  }
  rows.push_back({"A private key as PEM in the form of POST /oauth/token is refused and forgotten", 400,
                  "private_key_rejected", [](TestWorld& w) {
                    TestRequest request = w.client_credentials(w.shop, "x");
                    request.body = "grant_type=client_credentials&key=" + sent_private_pem();
                    return w.send(request);
                  }});
  rows.push_back({"A private key in a form field of POST /oauth/token is refused and forgotten", 400,
                  "private_key_rejected", [](TestWorld& w) {
                    return w.send(
                        w.token_request({{"grant_type", "client_credentials"}, {"key", sent_private_pem()}}, "x"));
                  }});
  rows.push_back(
      {"A private JWK in a form field of POST /oauth/token is refused and forgotten", 400, "private_key_rejected",
       [](TestWorld& w) { return w.send(w.token_request({{"key", json::serialize(sent_private_jwk())}}, "x")); }});
  rows.push_back({"A private key as PEM in an uploaded file is refused and forgotten", 400, "private_key_rejected",
                  [](TestWorld& w) {
                    return w.send(w.account_request(w.holder, "PUT",
                                                    "/api/v1/proofing/cases/" + w.open_case(w.holder) + "/files/EF.DG1",
                                                    sent_private_pem(), "application/octet-stream"));
                  }});
  return rows;
}

}  // namespace mibun::server
