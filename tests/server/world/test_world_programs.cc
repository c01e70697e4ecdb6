// Of TestWorld: reviewers' and partners' programs and their tokens.
#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "core/oid4vci/client_assertion.h"
#include "tests/server/world/parts.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

Program TestWorld::new_program(std::string id) const {
  return {std::move(id), new_key(), new_key()};
}

JwtParts TestWorld::client_assertion(const Program& program) const {
  return {{{"typ", "client-authentication+jwt"}, {"alg", "ES256"}},
          {{"iss", program.id},
           {"sub", program.id},
           {"aud", kOrigin},
           {"jti", base64url::encode(rng.bytes(16))},
           {"iat", clock.now().unix_seconds()},
           {"exp", clock.now().unix_seconds() + 60}}};
}

std::string TestWorld::dpop_nonce() const {
  const Reply refused = send(
      {.method = "POST", .target = "/oauth/par", .body = "x=", .headers = {{"Content-Type", std::string(kFormType)}}});
  return std::string(refused.response.header("dpop-nonce").value());
}

JwtParts TestWorld::dpop_proof(const crypto::P256Signer& key, std::string_view method, std::string_view path,
                               std::optional<std::string_view> token) const {
  JwtParts parts{{{"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", jose::Jwk(key.public_key()).to_json()}},
                 {{"jti", base64url::encode(rng.bytes(16))},
                  {"htm", method},
                  {"htu", std::string(kOrigin) + std::string(path.substr(0, path.find('?')))},
                  {"iat", clock.now().unix_seconds()},
                  {"nonce", dpop_nonce()}}};
  if (token) parts.payload["ath"] = base64url::encode(crypto::sha256(*token));
  return parts;
}

TestRequest TestWorld::token_request(const std::vector<std::pair<std::string, std::string>>& fields,
                                     const std::string& dpop) const {
  return {"POST", "/oauth/token", form::encode(fields), {{"Content-Type", std::string(kFormType)}, {"DPoP", dpop}}};
}

TestRequest TestWorld::client_credentials(const Program& program, const std::string& assertion) const {
  return token_request({{"grant_type", "client_credentials"},
                        {"client_assertion_type", std::string(oid4vci::kClientAssertionType)},
                        {"client_assertion", assertion}},
                       sign_jwt(dpop_proof(*program.dpop_key, "POST", "/oauth/token"), *program.dpop_key));
}

BoundToken TestWorld::token(const Program& program) const {
  const Reply reply = send_well(client_credentials(program, sign_jwt(client_assertion(program), *program.key)), 200);
  return {reply.text("access_token"), program.dpop_key};
}

TestRequest TestWorld::bound_request(const BoundToken& token, std::string method, std::string target,
                                     std::string body) const {
  TestRequest request{std::move(method), std::move(target), std::move(body), {}};
  request.add("Authorization", "DPoP " + token.token);
  request.add("DPoP", sign_jwt(dpop_proof(*token.key, request.method, request.target, token.token), *token.key));
  if (!request.body.empty()) request.add("Content-Type", kJsonType);
  return request;
}

json::Object TestWorld::partner_application(const Program& partner) const {
  return read_object(
      R"({"organization":{"name":{"ja":"酒処むすび","en":"Musubi Sake Shop"},"contact":"privacy@musubi.example"},
      "purpose":{"ja":"年齢確認","en":"age check"},
      "retention":{"days":30,"text":{"ja":"30日後に消去","en":"erased after 30 days"}},
      "cautions":{"ja":"なし","en":"none"},
      "credentials":[{"vct":"urn:mibun:identity:1","claims":[["given_name"],["family_name"],["age_equal_or_over","20"]]}],
      "redirect_uri":"https://musubi.example/return","partner_id":")" +
      partner.id + R"(","jwk":)" + json::serialize(jose::Jwk(partner.key->public_key()).to_json()) + "}");
}

}  // namespace mibun::server
