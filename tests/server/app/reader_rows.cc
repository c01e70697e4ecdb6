#include "core/jose/jwk.h"
#include "core/mdoc/doc_types.h"
#include "tests/server/app/nearby.h"
#include "tests/server/app/row.h"

// Certificates for readers: who gets one, and who takes it back.
namespace mibun::server {
namespace {

// POST /api/v1/partner/readers by a partner that may ask at close range, with the body changed.
Row certification(std::string sentence, int status, std::string code, std::function<void(json::Object&)> change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            json::Object body = reader_body(crypto::P256PrivateKey::generate());
            change(body);
            return w.send(
                w.bound_request(w.token(nearby_partner(w)), "POST", "/api/v1/partner/readers", json::serialize(body)));
          }};
}

Row named(std::string sentence, int status, std::string code, std::string name) {
  return certification(std::move(sentence), status, std::move(code),
                       [name = std::move(name)](json::Object& body) { body["name"] = name; });
}

}  // namespace

std::vector<Row> reader_rows() {
  std::vector<Row> rows;
  rows.push_back(named("A reader with a name is certified", 201, "", "Counter 1"));
  rows.push_back(named("A reader's name may be of 64 bytes", 201, "", std::string(64, 'x')));
  rows.push_back(named("A reader's name may be Japanese", 201, "", "レジ 1"));
  rows.push_back(named("A reader's name of 65 bytes is refused", 400, "request_malformed", std::string(65, 'x')));
  rows.push_back(named("A reader without a name is refused", 400, "request_malformed", ""));
  rows.push_back(named("A reader's name with a control character is refused", 400, "request_malformed", "Counter\n1"));
  rows.push_back(named("A reader's name with a NUL is refused", 400, "request_malformed", std::string("a\0b", 3)));
  rows.push_back(
      certification("A reader's key on another curve is refused", 400, "request_malformed",
                    [](json::Object& body) { body["jwk"] = json::Object{{"kty", "EC"}, {"crv", "P-384"}}; }));
  rows.push_back(certification(
      "A reader's private key is refused", 400, "private_key_rejected",
      [](json::Object& body) { body["jwk"].as_object()["d"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; }));
  rows.push_back(
      {"A partner that is registered for no mdoc gets no reader", 403, "claim_not_registered", [](TestWorld& w) {
         const json::Object body = reader_body(crypto::P256PrivateKey::generate());
         return w.send(w.bound_request(w.token(w.shop), "POST", "/api/v1/partner/readers", json::serialize(body)));
       }});
  rows.push_back({"A reader that was never certified cannot be revoked", 404, "route_not_found", [](TestWorld& w) {
                    return w.send(w.bound_request(w.token(w.akari), "POST",
                                                  "/api/v1/staff/readers/" + std::string(kNoId) + "/revocation"));
                  }});
  return rows;
}

}  // namespace mibun::server
