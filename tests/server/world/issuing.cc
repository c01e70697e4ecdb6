#include "tests/server/world/issuing.h"

#include "core/jose/jwk.h"
#include "core/oid4vci/encryption.h"
#include "core/oid4vci/metadata.h"

namespace mibun::server {

TestRequest AskedCards::request(const TestWorld& w, const BoundToken& token) const {
  return w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(body));
}

AskedCards ask_for_cards(const TestWorld& w, std::string_view configuration, std::size_t copies) {
  AskedCards asked;
  const std::string nonce = w.nonce();
  std::vector<std::string> proofs;
  for (std::size_t i = 0; i < copies; ++i) {
    asked.keys.push_back(std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate()));
    proofs.push_back(sign_jwt(w.key_proof(*asked.keys.back(), nonce), *asked.keys.back()));
  }
  asked.body = w.credential_body(proofs, configuration);
  return asked;
}

const crypto::P256PrivateKey& answer_key() {
  static const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  return key;
}

json::Object answer_key_json() {
  jose::Jwk jwk(answer_key().public_key());
  jwk.set_kid("answer");
  jwk.set_alg("ECDH-ES");
  return jwk.to_json();
}

TestRequest EncryptedAsk::request(const TestWorld& w, const BoundToken& token, std::string_view target) const {
  return w.bound_request(token, "POST", std::string(target), body).set("Content-Type", "application/jwt");
}

EncryptedAsk encrypt_request(const TestWorld& w, json::Object message, jose::ContentEncryption enc,
                             const std::optional<json::Object>& answer_jwk) {
  if (answer_jwk) {
    message["credential_response_encryption"] = json::Object{{"jwk", *answer_jwk}, {"enc", jose::to_string(enc)}};
  }
  const Reply reply = w.send_well({.target = "/.well-known/openid-credential-issuer"}, 200);
  const auto metadata = must(oid4vci::IssuerMetadata::parse(reply.response.body, kOrigin));
  crypto::SystemRng rng;
  return {must(oid4vci::encrypt_message(message, metadata.request_encryption->keys.front(), enc, rng))};
}

TestRequest deferred_request(const TestWorld& w, const BoundToken& token, const std::string& transaction_id) {
  return w.bound_request(token, "POST", "/oid4vci/deferred_credential",
                         json::serialize(json::Object{{"transaction_id", transaction_id}}));
}

void decide(const TestWorld& w, const std::string& case_id, bool approve) {
  const std::string body = approve ? R"({"decision":"approve","reason_code":"all_checks_passed"})"
                                   : R"({"decision":"reject","reason_code":"suspected_fraud"})";
  for (const Program* reviewer : {&w.akari, &w.minoru}) {
    w.send_well(w.bound_request(w.token(*reviewer), "POST", "/api/v1/staff/cases/" + case_id + "/decisions", body),
                200);
    if (!approve) return;
  }
}

}  // namespace mibun::server
