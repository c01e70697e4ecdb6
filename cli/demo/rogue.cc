#include "cli/demo/rogue.h"

#include "core/crypto/p256.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/request.h"
#include "platform/files/files.h"
#include "platform/keyd/open_key_holder.h"
#include "server/trust/trust.h"

namespace mibun::cli {
namespace {

oid4vp::Registration narrow_registration(const std::string& registrar, const std::string& client_id, Instant now) {
  oid4vp::Registration registration;
  registration.issuer = registrar;
  registration.client_id = client_id;
  registration.registration_id = "rogue";
  registration.issued_at = now;
  registration.expires_at = now + std::chrono::hours(1);
  registration.organization = {"欲張り商店(デモ)", "Greedy Shop (demo)"};
  registration.contact = "privacy@greedy.example";
  registration.purpose = {"名前の確認", "checking the name"};
  registration.retention = {1, {"1日", "one day"}};
  registration.cautions = {"なし", "none"};
  registration.credentials = {{"urn:mibun:identity:1", {sd_jwt::ClaimPath::of("given_name")}}};
  return registration;
}

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  MIBUN_INVARIANT(value.has_value());
  return std::move(*value);
}

// What build_request_object would make, without its refusal to ask for more than is registered.
Result<std::string> overasking_request(const crypto::Signer& signer, const std::vector<Bytes>& chain,
                                       const std::string& registration_jwt, const std::string& origin, Instant now,
                                       Rng& rng) {
  jose::Jwk encryption_key(crypto::P256PrivateKey::generate().public_key());
  encryption_key.set_kid("rogue");
  encryption_key.set_alg("ECDH-ES");
  encryption_key.set_use("enc");
  json::Object payload;
  payload["response_type"] = "vp_token";
  payload["response_mode"] = "direct_post.jwt";
  payload["client_id"] = oid4vp::client_id_of(BytesView(chain.front()));
  payload["response_uri"] = origin + "/response";
  payload["aud"] = oid4vp::kRequestAudience;
  payload["nonce"] = oid4vp::random_token(rng);
  payload["state"] = oid4vp::random_token(rng);
  payload["iat"] = now.unix_seconds();
  payload["exp"] = (now + std::chrono::minutes(5)).unix_seconds();
  payload["dcql_query"] =
      parsed(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["urn:mibun:identity:1"]},)"
             R"("claims":[{"path":["birthdate"]}]}]})");
  json::Object metadata;
  json::Object keys;
  keys["keys"] = json::Array{json::Value(encryption_key.to_json())};
  metadata["jwks"] = std::move(keys);
  metadata["encrypted_response_enc_values_supported"] = parsed(R"(["A128GCM","A256GCM"])");
  metadata["vp_formats_supported"] =
      parsed(R"({"dc+sd-jwt":{"sd-jwt_alg_values":["ES256"],"kb-jwt_alg_values":["ES256"]}})");
  payload["client_metadata"] = std::move(metadata);
  json::Object info;
  info["format"] = oid4vp::kRegistrationType;
  info["data"] = registration_jwt;
  payload["verifier_info"] = json::Array{json::Value(std::move(info))};
  json::Object header;
  header["typ"] = oid4vp::kRequestObjectType;
  header["x5c"] = jose::x5c_member(chain);
  return jose::sign_jws(std::move(header), payload, signer);
}

}  // namespace

Result<RogueGateway> RogueGateway::start(const std::string& key_directory, const std::string& server_origin,
                                         const Clock& clock, Rng& rng) {
  const Instant now = clock.now();
  // The signing keys are with the server's own key service: this gateway is the server's, gone wrong.
  keyd::Settings at_service;
  at_service.socket = keyd::own_socket(files::parent_directory(key_directory));
  MIBUN_TRY(std::shared_ptr<keyd::SigningKeys> signing_keys,
            keyd::open_signing_keys(at_service,
                                    {.directory = key_directory, .default_directory = {}, .default_memory = {}}, rng));
  MIBUN_TRY(const auto trust, server::Trust::open(key_directory, server_origin, rng, now, signing_keys));
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  MIBUN_TRY(const auto chain, trust->certify_verifier(key.public_key(), "Greedy Shop (demo)", "localhost", now));
  const std::string client_id = oid4vp::client_id_of(BytesView(chain.front()));
  const auto& registrar = trust->registrar();
  MIBUN_TRY(const std::string registration_jwt,
            oid4vp::sign_registration(narrow_registration(server_origin, client_id, now), *registrar.signer,
                                      registrar.chain));

  RogueGateway rogue;
  rogue.request_ = std::make_shared<std::string>();
  rogue.asked_ = std::make_shared<std::atomic<bool>>(false);
  rogue.answered_ = std::make_shared<std::atomic<bool>>(false);
  http::ServerOptions options;
  options.threads = 1;
  options.tls = trust->tls();
  MIBUN_TRY(rogue.server_,
            http::Server::bind(options, [text = rogue.request_, asked = rogue.asked_,
                                         answered = rogue.answered_](const http::ServerRequest& request) {
              http::ServerResponse response;
              if (request.path == "/request") {
                *asked = true;
                response.content_type = oid4vp::kRequestObjectMediaType;
                response.body = *text;
              } else {
                *answered = true;
                response.content_type = "application/json";
                response.body = "{}";
              }
              return response;
            }));
  rogue.origin_ = "https://localhost:" + std::to_string(rogue.server_->port());
  MIBUN_TRY(*rogue.request_, overasking_request(key, chain, registration_jwt, rogue.origin_, now, rng));
  rogue.link_ = oid4vp::RequestLink{client_id, rogue.origin_ + "/request"}.to_string();
  rogue.server_->start();
  return rogue;
}

}  // namespace mibun::cli
