#include "tests/core/oid4vci/test_issuer.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/oid4vci/authorization_response.h"

namespace mibun::oid4vci {
namespace {

constexpr const char* kIssuer = "https://issuer.example/tenant";

HttpResponse document(const json::Object& object) {
  return {
      .status = 200, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = json::serialize(object)};
}

}  // namespace

TestIssuer::TestIssuer(Rng& rng, const Clock& clock)
    : encryption_key(key_from(rng)), rng_(rng), clock_(clock), key_(key_from(rng)) {
  metadata = {.credential_issuer = kIssuer,
              .authorization_servers = {},
              .credential_endpoint = "https://issuer.example/tenant/credential",
              .nonce_endpoint = "https://issuer.example/tenant/nonce",
              .deferred_credential_endpoint = "https://issuer.example/tenant/deferred",
              .notification_endpoint = "https://issuer.example/tenant/notification",
              .request_encryption = {},
              .response_encryption = {},
              .batch_size = 10,
              .display = {{"身分", "ja"}, {"mibun", "en"}},
              .configurations = {{.id = "identity",
                                  .scope = "identity",
                                  .vct = "https://issuer.example/vct",
                                  .display = {{"ID", "ja"}},
                                  .claims = {}}}};
  server = {.issuer = kIssuer,
            .token_endpoint = "https://issuer.example/tenant/token",
            .grant_types = {std::string(kPreAuthorizedCodeGrant), std::string(kAuthorizationCodeGrant),
                            std::string(kRefreshTokenGrant)},
            .token_endpoint_auth_methods = {"none"},
            .dpop_algorithms = {"ES256"},
            .anonymous_pre_authorized = true,
            .authorization_endpoint = "https://issuer.example/tenant/authorize",
            .pushed_authorization_request_endpoint = "https://issuer.example/tenant/par",
            .pushed_authorization_requests_required = true,
            .response_types = {"code"},
            .code_challenge_methods = {"S256"},
            .scopes = {"identity"},
            .authorization_details_types = {"openid_credential"},
            .iss_in_response = true};
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
                        .pre_authorized = PreAuthorizedGrant{.code = text(16)}};
  if (tx_code)
    offer.pre_authorized->tx_code =
        TxCode{.input_mode = TxCode::InputMode::numeric, .length = tx_code->size(), .description = "printed"};
  codes_[offer.pre_authorized->code] = {.tx_code = tx_code};
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
  const bool at_par = url.path() == "/tenant/par";
  const bool at_token = url.path() == "/tenant/token";
  const bool at_notification = url.path() == "/tenant/notification";
  auto answer = at_par            ? push(request)
                : at_token        ? token(request)
                : at_notification ? notification(request)
                                  : credential(request);
  if (answer) return *answer;
  std::optional<std::string_view> nonce;
  if (dpop_nonces) nonce = dpop_nonce_;
  return error_response(answer.error(), at_par || at_token ? Endpoint::token : Endpoint::credential, nonce);
}

Status TestIssuer::use_dpop(const VerifiedDpop& proof) {
  if (dpop_nonces && proof.nonce() != dpop_nonce_) return fail(ErrorCode::dpop_use_nonce);
  if (!used_jtis_.insert(proof.jkt() + " " + proof.jti()).second) return fail(ErrorCode::dpop_replayed);
  return {};
}

Result<HttpResponse> TestIssuer::push(const HttpRequest& request) {
  MIBUN_TRY(const AuthorizationRequest pushed, AuthorizationRequest::parse(request.body));
  MIBUN_TRY(const VerifiedDpop proof,
            verify_dpop_at_token_endpoint(request.headers, *server.pushed_authorization_request_endpoint,
                                          nonce_policy(), clock_.now()));
  MIBUN_CHECK(use_dpop(proof));
  if (pushed.dpop_jkt != proof.jkt()) return fail(ErrorCode::dpop_invalid_proof);
  const std::string uri = std::string(kRequestUriPrefix) + text(16);
  pushed_.emplace(uri, pushed);
  requests.push_back(pushed);
  HttpResponse response = document(PushedAuthorization{uri, seconds(90)}.to_json());
  response.status = 201;
  return response;
}

std::string TestIssuer::visit(const std::string& authorization_url) {
  paths.emplace_back("visit");
  const HttpsUrl url = HttpsUrl::parse(authorization_url).value();
  const AuthorizeQuery query = AuthorizeQuery::parse(url.query()).value();
  auto found = pushed_.extract(query.request_uri);
  if (found.empty() || found.mapped().client_id != query.client_id) return {};
  const std::string code = text(16);
  const AuthorizationAnswer answer{.issuer = server.issuer, .state = found.mapped().state};
  const std::string redirect = answer.with_code(found.mapped().redirect_uri, code);
  authorized_.emplace(code, found.mapped());
  return redirect;
}

TokenResponse TestIssuer::token_for(const VerifiedDpop& proof, const std::optional<std::string>& client_id) {
  TokenResponse response;
  response.access_token = text(32);
  response.expires_in_seconds = 300;
  tokens_[response.access_token] = {
      .jkt = proof.jkt(), .expires = clock_.now() + seconds(300), .client_id = client_id, .details = {}};
  if (refreshable) {
    response.refresh_token = text(32);
    refresh_tokens_[*response.refresh_token] = proof.jkt();
  }
  return response;
}

Result<TokenResponse> TestIssuer::redeem(const AuthorizationCodeRequest& request, const VerifiedDpop& proof) {
  const auto found = authorized_.extract(request.code);
  if (found.empty() || found.mapped().redirect_uri != request.redirect_uri ||
      found.mapped().client_id != request.client_id || found.mapped().dpop_jkt != proof.jkt()) {
    return fail(ErrorCode::oauth_invalid_grant);
  }
  MIBUN_CHECK(found.mapped().code_challenge.check(request.code_verifier));
  TokenResponse response = token_for(proof, request.client_id);
  if (!found.mapped().details.empty()) {
    response.authorization_details = found.mapped().details;
    response.authorization_details.front().credential_identifiers = {"identity-1"};
    tokens_[response.access_token].details = response.authorization_details;
  }
  return response;
}

Result<TokenResponse> TestIssuer::refresh(const RefreshTokenRequest& request, const VerifiedDpop& proof) {
  const auto found = refresh_tokens_.extract(request.refresh_token);
  if (found.empty() || found.mapped() != proof.jkt()) return fail(ErrorCode::oauth_invalid_grant);
  return token_for(proof, request.client_id);
}

Result<TokenResponse> TestIssuer::redeem(const PreAuthorizedCodeRequest& request, const VerifiedDpop& proof) {
  const auto found = codes_.find(request.code);
  if (found == codes_.end()) return fail(ErrorCode::oauth_invalid_grant);
  MIBUN_CHECK(check_tx_code_presence(found->second.tx_code.has_value(), request.tx_code));
  if (found->second.tries_left-- <= 0) return fail(ErrorCode::oauth_invalid_grant);
  if (found->second.tx_code != request.tx_code) return fail(ErrorCode::oauth_invalid_grant);
  codes_.erase(found);
  return token_for(proof, request.client_id);
}

Result<HttpResponse> TestIssuer::token(const HttpRequest& request) {
  MIBUN_TRY(const TokenRequest wanted, read_token_request(request.headers, request.body));
  MIBUN_TRY(const VerifiedDpop proof,
            verify_dpop_at_token_endpoint(request.headers, server.token_endpoint, nonce_policy(), clock_.now()));
  MIBUN_CHECK(use_dpop(proof));
  Result<TokenResponse> response = fail(ErrorCode::oauth_unsupported_grant_type);
  if (const auto* code = std::get_if<AuthorizationCodeRequest>(&wanted)) response = redeem(*code, proof);
  if (const auto* again = std::get_if<RefreshTokenRequest>(&wanted)) response = refresh(*again, proof);
  if (const auto* code = std::get_if<PreAuthorizedCodeRequest>(&wanted)) response = redeem(*code, proof);
  if (!response) return std::unexpected(response.error());
  return token_response(*response);
}

void TestIssuer::offer_encryption(bool required) {
  jose::Jwk jwk(encryption_key.public_key());
  jwk.set_kid("issuer-key");
  jwk.set_alg("ECDH-ES");
  const std::vector encs{jose::ContentEncryption::a128gcm, jose::ContentEncryption::a256gcm};
  metadata.request_encryption = {{jwk}, encs, required};
  metadata.response_encryption = {true, encs, required};
}

Result<TestIssuer::Token*> TestIssuer::find_token(const HttpRequest& request) {
  MIBUN_TRY(const std::string access_token, read_access_token(request.headers));
  const auto found = tokens_.find(access_token);
  if (found == tokens_.end() || clock_.now() >= found->second.expires) return fail(ErrorCode::oauth_invalid_token);
  MIBUN_TRY(const VerifiedDpop proof,
            verify_dpop_at_resource(request.headers, {.method = request.method, .url = request.url}, access_token,
                                    found->second.jkt, nonce_policy(), clock_.now()));
  MIBUN_CHECK(use_dpop(proof));
  return &found->second;
}

Result<HttpResponse> TestIssuer::notification(const HttpRequest& request) {
  MIBUN_CHECK(find_token(request));
  MIBUN_TRY(const NotificationRequest told, NotificationRequest::parse(request.body));
  if (told.notification_id != notification_id) return fail(ErrorCode::oid4vci_invalid_notification_id);
  notified.push_back(told.event);
  HttpResponse done;
  done.status = 204;
  return done;
}

Result<HttpResponse> TestIssuer::credential(const HttpRequest& request) {
  MIBUN_TRY(Token * found, find_token(request));
  if (found->spent) return fail(ErrorCode::oauth_invalid_token);
  std::vector<std::string> known;
  for (const CredentialConfiguration& one : metadata.configurations) known.push_back(one.id);
  std::vector<IdentifiedCredential> identifiers;
  for (const AuthorizationDetail& detail : found->details) {
    identifiers.push_back({detail.credential_identifiers.at(0), detail.configuration_id});
  }
  std::variant<AnonymousClient, KnownClient> client = AnonymousClient{};
  if (found->client_id) client = KnownClient{*found->client_id};
  std::variant<KeyAttestationNotUsed, KeyAttestationRequired> key_policy = KeyAttestationNotUsed{};
  if (key_attesters != nullptr) {
    const auto& required = metadata.configurations[0].key_attestations.value();
    key_policy = KeyAttestationRequired{key_attesters, required.key_storage, required.user_authentication};
  }
  const CredentialRequestPolicy policy{.credential_issuer = metadata.credential_issuer,
                                       .known_configuration_ids = known,
                                       .configuration_ids = known,
                                       .identifiers = identifiers,
                                       .batch_size = metadata.batch_size,
                                       .encryption = {},
                                       .client = client,
                                       .key_attestation = key_policy,
                                       .now = clock_.now()};
  const std::vector<DecryptionKey> keys{{"issuer-key", &encryption_key}};
  MIBUN_TRY(const OpenedRequest opened, open_request(request.headers, request.body, keys, false));
  last_encrypted = opened.encrypted;
  MIBUN_TRY(const VerifiedCredentialRequest verified, read_credential_request(opened, policy));
  proof_types.push_back(CredentialRequest::parse(opened.json, metadata.batch_size).value().proof_type);
  const auto nonce = nonces_.extract(verified.proofs.nonce());
  if (nonce.empty() || clock_.now() >= nonce.mapped()) return fail(ErrorCode::oid4vci_invalid_nonce);
  CredentialResponse response;
  for (const jose::Jwk& key : verified.proofs.keys()) {
    const json::Object payload{{"vct", "https://issuer.example/vct"}, {"cnf", json::Object{{"jwk", key.to_json()}}}};
    response.credentials.push_back(jose::sign_jws({{"typ", "dc+sd-jwt"}}, payload, key_).value() + "~");
    ++issued;
  }
  if (shuffle_credentials) std::ranges::reverse(response.credentials);
  found->spent = true;
  if (notification_id) response.notification_id = *notification_id;
  return credential_response(defer ? CredentialAnswer(DeferredResponse{"later", 60}) : CredentialAnswer(response),
                             verified.response_encryption, rng_);
}

}  // namespace mibun::oid4vci
