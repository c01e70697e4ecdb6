#include "tests/server/app/nearby.h"

#include "core/jose/jwk.h"
#include "core/mdoc/doc_types.h"

namespace mibun::server {

const Program& nearby_partner(TestWorld& w) {
  static std::map<const TestWorld*, Program> partners;
  const auto found = partners.find(&w);
  if (found != partners.end()) return found->second;
  return partners.emplace(&w, new_nearby_partner(w, "nearby-shop")).first->second;
}

Program new_nearby_partner(TestWorld& w, const std::string& name) {
  Program partner = w.new_program(name);
  json::Object application = w.partner_application(partner);
  json::Array claims;
  for (const char* element : {"given_name", "age_over_20"}) {
    claims.push_back(json::Array{json::Value(mdoc::kIso23220NameSpace), json::Value(element)});
  }
  application["credentials"].as_array().push_back(
      json::Object{{"doctype", mdoc::kPhotoIdDocType}, {"claims", std::move(claims)}});
  w.send_well(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/partners", json::serialize(application)), 201);
  return partner;
}

json::Object reader_body(const crypto::P256PrivateKey& key) {
  return {{"name", "Counter 1"}, {"jwk", jose::Jwk(key.public_key()).to_json()}};
}

CertifiedReader certify_reader(TestWorld& w) {
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const Reply reply = w.send_well(
      w.bound_request(w.token(nearby_partner(w)), "POST", "/api/v1/partner/readers", json::serialize(reader_body(key))),
      201);
  return {reply.text("reader_id"), std::move(key), must(crypto::certificates_from_pem(reply.text("certificate"))),
          reply.text("registration")};
}

std::string revoke_reader(TestWorld& w, const CertifiedReader& reader) {
  return w
      .send_well(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/readers/" + reader.id + "/revocation"), 200)
      .text("revoked_at");
}

}  // namespace mibun::server
