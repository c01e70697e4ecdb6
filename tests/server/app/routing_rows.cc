#include "tests/server/app/row.h"

// Before any handler: addresses, methods, media types, sizes.
namespace mibun::server {
namespace {

struct Place {
  std::string path;
  std::vector<std::string> methods_not_here;
};

const std::vector<Place>& places() {
  static const std::vector<Place> all = {
      {"/", {"POST", "PUT", "DELETE"}},
      {"/healthz", {"POST"}},
      {"/metrics", {"DELETE"}},
      {"/openapi.json", {"PUT"}},
      {"/.well-known/openid-credential-issuer", {"POST"}},
      {"/.well-known/mibun-trust.json", {"POST"}},
      {"/.well-known/mibun-iaca.crl", {"POST"}},
      {"/.well-known/mibun-issuer.crl", {"POST"}},
      {"/.well-known/mibun-issuer-crl/2", {"POST"}},
      {"/.well-known/mibun-trusted-crl/1", {"POST"}},
      {"/.well-known/mibun-readers.crl", {"POST"}},
      {"/.well-known/mibun-iaca-crl/2", {"POST"}},
      {"/.well-known/mibun-readers-crl/2", {"POST"}},
      {"/api/v1/registrations", {"GET", "DELETE"}},
      {"/api/v1/assertions", {"GET"}},
      {"/api/v1/account", {"POST", "PUT", "PATCH"}},
      {"/api/v1/account/terms", {"GET", "PUT", "DELETE"}},
      {"/api/v1/revocations", {"GET"}},
      {"/api/v1/history", {"DELETE"}},
      {"/api/v1/deletion-requests", {"GET"}},
      {"/api/v1/deletion-requests/x", {"POST", "DELETE"}},
      {"/api/v1/partner/deletion-requests", {"POST"}},
      {"/api/v1/proofing/cases", {"GET"}},
      {"/api/v1/staff/cases", {"POST"}},
      {"/api/v1/staff/partners", {"DELETE"}},
      {"/oauth/token", {"GET"}},
      {"/oid4vci/nonce", {"GET"}},
      {"/oid4vci/credential", {"GET", "TRACE"}},
      {"/oid4vp/responses/x", {"GET"}},
      {"/oid4vp/partners/x/responses", {"GET"}},
      {"/oid4vp/requests/x", {"PUT", "get"}},
  };
  return all;
}

Row media(std::string sentence, std::string path, std::string type, std::string body) {
  return {std::move(sentence), 415, "media_type_not_supported",
          [=](TestWorld& w) { return w.send({"POST", path, body, {{"Content-Type", type}}}); }};
}

Row nothing_at(const std::string& path) {
  return {"There is nothing at " + path, 404, "route_not_found",
          [path](TestWorld& w) { return w.send({.target = path}); }};
}

}  // namespace

std::vector<Row> routing_rows() {
  std::vector<Row> rows;
  for (const Place& place : places()) {
    for (const std::string& method : place.methods_not_here) {
      rows.push_back({method + " is not a method of " + place.path, 405, "method_not_allowed",
                      [&place, method](TestWorld& w) { return w.send({.method = method, .target = place.path}); }});
    }
  }
  for (const char* path :
       {"/api", "/api/v2/account", "/API/v1/account", "/api/v1/account/", "//api/v1/account", "/oid4vp/requests/a/b",
        "/oid4vp/requests/..", "/oid4vp/requests/%2e%2e", "/oid4vp/requests/a%2fb", "/status/", "/.git/config"}) {
    rows.push_back(nothing_at(path));
  }
  rows.push_back(media("JSON at the token endpoint is refused", "/oauth/token", "application/json", "{}"));
  rows.push_back(media("A form at the registration is refused", "/api/v1/registrations",
                       "application/x-www-form-urlencoded", "a=b"));
  rows.push_back(
      media("A multipart form at the token endpoint is refused", "/oauth/token", "multipart/form-data", "x"));
  rows.push_back(media("JSON of another name is refused", "/api/v1/assertions", "application/jsonp", "{}"));
  rows.push_back(media("JSON as the answer of a wallet is refused", "/oid4vp/responses/x", "application/json", "{}"));
  rows.push_back(media("JSON as the answer of a wallet to a partner is refused", "/oid4vp/partners/x/responses",
                       "application/json", "{}"));
  rows.push_back(media("A body at the nonce endpoint is refused", "/oid4vci/nonce", "application/json", "{}"));
  rows.push_back({"A body without a media type is refused", 415, "media_type_not_supported",
                  [](TestWorld& w) { return w.send({"POST", "/api/v1/registrations", "{}", {}}); }});
  rows.push_back({"A media type that stands twice is refused", 415, "media_type_not_supported", [](TestWorld& w) {
                    TestRequest request = w.json_request("POST", "/api/v1/registrations", {});
                    return w.send(request.add("Content-Type", kJsonType));
                  }});
  rows.push_back({"A body of 64 KiB and a byte is too large", 413, "request_too_large", [](TestWorld& w) {
                    TestRequest request = w.json_request("POST", "/api/v1/registrations", {});
                    request.body.resize(64 * 1024 + 1, ' ');
                    return w.send(request);
                  }});
  rows.push_back({"A body of exactly 64 KiB is read", 201, "", [](TestWorld& w) {
                    TestRequest request = w.json_request("POST", "/api/v1/registrations", {});
                    request.body.resize(64 * 1024, ' ');
                    return w.send(request);
                  }});
  rows.push_back({"A media type with a parameter is read", 201, "", [](TestWorld& w) {
                    TestRequest request = w.json_request("POST", "/api/v1/registrations", {});
                    return w.send(request.set("Content-Type", "Application/JSON; charset=utf-8"));
                  }});
  return rows;
}

}  // namespace mibun::server
