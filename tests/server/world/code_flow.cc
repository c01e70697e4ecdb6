#include "tests/server/world/code_flow.h"

#include "core/codecs/url.h"
#include "core/oid4vci/pkce.h"

namespace mibun::server {

FormParameters without(FormParameters fields, std::string_view name) {
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

FormParameters with(FormParameters fields, const std::string& name, const std::string& value) {
  fields = without(std::move(fields), name);
  fields.emplace_back(name, value);
  return fields;
}

std::string parameter(const std::string& url, std::string_view name) {
  const auto fields = form::Fields::parse(url.substr(url.find('?') + 1));
  if (!fields) return {};
  return std::string(fields->find(name).value_or(""));
}

CodeFlow::CodeFlow(TestWorld& world_in)
    : world(world_in),
      key(std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate())),
      verifier(oid4vci::make_code_verifier(world_in.rng)) {}

FormParameters CodeFlow::par_fields() const {
  return {{"response_type", "code"},
          {"client_id", "test-wallet"},
          {"redirect_uri", "https://wallet.example/cb"},
          {"code_challenge", oid4vci::CodeChallenge::of(verifier).text()},
          {"code_challenge_method", "S256"},
          {"scope", "mibun_identity"},
          {"state", "state-7"}};
}

std::string CodeFlow::proof(std::string_view path) const {
  return sign_jwt(world.dpop_proof(*key, "POST", path), *key);
}

TestRequest CodeFlow::form_request(const std::string& path, const FormParameters& fields,
                                   const std::string& dpop) const {
  return {"POST", path, form::encode(fields), {{"Content-Type", std::string(kFormType)}, {"DPoP", dpop}}};
}

Reply CodeFlow::push(const FormParameters& fields) const {
  return world.send(form_request("/oauth/par", fields, proof("/oauth/par")));
}

Reply CodeFlow::open(const std::string& request_uri, const std::string& client) const {
  TestRequest request;
  request.target = "/oauth/authorize?" + form::encode({{"client_id", client}, {"request_uri", request_uri}});
  return world.send(request.add("Accept", kJsonType));
}

Reply CodeFlow::decide(Device& device, const std::string& authorization_id, const Ceremony& twist) const {
  const std::string target = "/api/v1/authorizations/" + authorization_id + "/approval";
  const std::string body = "{}";
  TestRequest request{"POST", target, body, {{"Content-Type", std::string(kJsonType)}}};
  const auto begun = world.begin_assertion("POST", target, body);
  request.add(webauthn::kRequestAssertionHeader, world.sign_assertion(device, begun, twist).to_header());
  return world.send(request);
}

std::string CodeFlow::code(Device& device) const {
  return parameter(redirect(device), "code");
}

FormParameters CodeFlow::code_fields(const std::string& code) const {
  return {{"grant_type", "authorization_code"},
          {"client_id", "test-wallet"},
          {"code", code},
          {"redirect_uri", "https://wallet.example/cb"},
          {"code_verifier", verifier}};
}

FormParameters CodeFlow::refresh_fields(const std::string& refresh_token) const {
  return {{"grant_type", "refresh_token"}, {"client_id", "test-wallet"}, {"refresh_token", refresh_token}};
}

TestRequest CodeFlow::token_request(const FormParameters& fields) const {
  return form_request("/oauth/token", fields, proof("/oauth/token"));
}

Reply CodeFlow::credential(const std::string& access_token, const json::Object& naming) const {
  const crypto::P256PrivateKey card_key = crypto::P256PrivateKey::generate();
  JwtParts parts = world.key_proof(card_key, world.nonce());
  parts.payload["iss"] = "test-wallet";
  json::Object body = world.credential_body({sign_jwt(parts, card_key)});
  if (!naming.empty()) {
    body.erase("credential_configuration_id");
    for (const auto& member : naming) body[member.key()] = member.value();
  }
  return world.send(world.bound_request({access_token, key}, "POST", "/oid4vci/credential", json::serialize(body)));
}

}  // namespace mibun::server
