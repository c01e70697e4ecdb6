#include "tests/core/oid4vci/test_issuer.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"

namespace mibun::oid4vci {
namespace {

constexpr const char* kIssuer = "https://issuer.example/tenant";

HttpResponse document(const json::Object& object) {
  return {
      .status = 200, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = json::serialize(object)};
}

}  // namespace

TestIssuer::TestIssuer(Rng& rng, const Clock& clock) : rng_(rng), clock_(clock), key_(key_from(rng)) {
  metadata = {.credential_issuer = kIssuer,
              .authorization_servers = {},
              .credential_endpoint = "https://issuer.example/tenant/credential",
              .nonce_endpoint = "https://issuer.example/tenant/nonce",
              .batch_size = 10,
              .display = {{"身分", "ja"}, {"mibun", "en"}},
              .configurations = {{.id = "identity",
                                  .scope = "identity",
                                  .vct = "https://issuer.example/vct",
                                  .display = {{"ID", "ja"}},
                                  .claims = {}}}};
  server = {.issuer = kIssuer,
            .token_endpoint = "https://issuer.example/tenant/token",
            .grant_types = {std::string(kPreAuthorizedCodeGrant)},
            .token_endpoint_auth_methods = {"none"},
            .dpop_algorithms = {"ES256"},
            .anonymous_pre_authorized = true};
  dpop_nonce_ = text(16);
}

std::string TestIssuer::text(std::size_t bytes) {
  return base64url::encode(rng_.bytes(bytes));
}

std::variant<DpopNonceNotUsed, DpopNonceRequired> TestIssuer::nonce_policy() const {
  if (dpop_nonces) return DpopNonceRequired{};
  return DpopNonceNotUsed{};
}

CredentialOffer TestIssuer::make_offer(const std::optional<std::string>& tx_code) {
  CredentialOffer offer{.credential_issuer = metadata.credential_issuer,
                        .configuration_ids = {"identity"},
                        .pre_authorized_code = text(16),
                        .tx_code = std::nullopt,
                        .authorization_server = std::nullopt};
  if (tx_code)
    offer.tx_code =
        TxCode{.input_mode = TxCode::InputMode::numeric, .length = tx_code->size(), .description = "printed"};
  codes_[offer.pre_authorized_code] = {.tx_code = tx_code};
  return offer;
}

HttpResponse TestIssuer::handle(const HttpRequest& request) {
  const HttpsUrl url = HttpsUrl::parse(request.url).value();
  paths.push_back(request.method + " " + url.path());
  if (url.path() == "/.well-known/openid-credential-issuer/tenant") return document(metadata.to_json());
  if (url.path() == "/.well-known/oauth-authorization-server/tenant") return document(server.to_json());
  if (url.path() == "/tenant/nonce") {
    const std::string nonce = text(16);
    nonces_[nonce] = clock_.now() + seconds(300);
    return nonce_response({nonce});
  }
  const bool at_token = url.path() == "/tenant/token";
  auto answer = at_token ? token(request) : credential(request);
  if (answer) return *answer;
  std::optional<std::string_view> nonce;
  if (dpop_nonces) nonce = dpop_nonce_;
  return error_response(answer.error(), at_token ? Endpoint::token : Endpoint::credential, nonce);
}

Status TestIssuer::use_dpop(const VerifiedDpop& proof) {
  if (dpop_nonces && proof.nonce() != dpop_nonce_) return fail(ErrorCode::dpop_use_nonce);
  if (!used_jtis_.insert(proof.jkt() + " " + proof.jti()).second) return fail(ErrorCode::dpop_replayed);
  return {};
}

Result<HttpResponse> TestIssuer::token(const HttpRequest& request) {
  MIBUN_TRY(const TokenRequest token_request, read_token_request(request.headers, request.body));
  const auto* wanted = std::get_if<PreAuthorizedCodeRequest>(&token_request);
  if (wanted == nullptr) return fail(ErrorCode::oauth_unsupported_grant_type);
  MIBUN_TRY(const VerifiedDpop proof,
            verify_dpop_at_token_endpoint(request.headers, server.token_endpoint, nonce_policy(), clock_.now()));
  MIBUN_CHECK(use_dpop(proof));
  const auto found = codes_.find(wanted->code);
  if (found == codes_.end()) return fail(ErrorCode::oauth_invalid_grant);
  MIBUN_CHECK(check_tx_code_presence(found->second.tx_code.has_value(), wanted->tx_code));
  if (found->second.tries_left-- <= 0) return fail(ErrorCode::oauth_invalid_grant);
  if (found->second.tx_code != wanted->tx_code) return fail(ErrorCode::oauth_invalid_grant);
  codes_.erase(found);
  const std::string access_token = text(32);
  tokens_[access_token] = {proof.jkt(), clock_.now() + seconds(300)};
  return token_response({.access_token = access_token,
                         .token_type = "DPoP",
                         .expires_in_seconds = 300,
                         .scope = {},
                         .authorization_details = {}});
}

Result<HttpResponse> TestIssuer::credential(const HttpRequest& request) {
  MIBUN_TRY(const std::string access_token, read_access_token(request.headers));
  const auto found = tokens_.find(access_token);
  if (found == tokens_.end() || clock_.now() >= found->second.expires) return fail(ErrorCode::oauth_invalid_token);
  MIBUN_TRY(const VerifiedDpop proof,
            verify_dpop_at_resource(request.headers, {.method = request.method, .url = metadata.credential_endpoint},
                                    access_token, found->second.jkt, nonce_policy(), clock_.now()));
  MIBUN_CHECK(use_dpop(proof));
  const std::vector<std::string> ids = {"identity"};
  const CredentialRequestPolicy policy{.credential_issuer = metadata.credential_issuer,
                                       .configuration_ids = ids,
                                       .batch_size = metadata.batch_size,
                                       .client = AnonymousClient{},
                                       .key_attestation = KeyAttestationNotUsed{},
                                       .now = clock_.now()};
  MIBUN_TRY(const VerifiedCredentialRequest verified, read_credential_request(request.headers, request.body, policy));
  const auto nonce = nonces_.extract(verified.proofs.nonce());
  if (nonce.empty() || clock_.now() >= nonce.mapped()) return fail(ErrorCode::oid4vci_invalid_nonce);
  CredentialResponse response;
  for (const jose::Jwk& key : verified.proofs.keys()) {
    const json::Object payload{{"vct", "https://issuer.example/vct"}, {"cnf", json::Object{{"jwk", key.to_json()}}}};
    response.credentials.push_back(jose::sign_jws({{"typ", "dc+sd-jwt"}}, payload, key_).value() + "~");
    ++issued;
  }
  if (shuffle_credentials) std::ranges::reverse(response.credentials);
  tokens_.erase(found);
  return credential_response(response);
}

}  // namespace mibun::oid4vci
