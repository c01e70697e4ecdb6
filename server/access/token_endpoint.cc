#include "server/access/token_endpoint.h"

#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/issuer_steps.h"
#include "platform/log/log.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"

namespace mibun::server {
namespace {

oid4vci::TokenResponse token_response(std::string token, std::string_view scope) {
  oid4vci::TokenResponse response;
  response.access_token = std::move(token);
  response.expires_in_seconds = std::chrono::duration_cast<seconds>(kAccessTokenLifetime).count();
  response.scope = std::string(scope);
  return response;
}

}  // namespace

Result<Client> TokenEndpoint::find_client(std::string_view client_id) {
  for (ClientDirectory* directory : directories_) {
    MIBUN_TRY(auto client, directory->find_client(client_id));
    if (client) return std::move(*client);
  }
  return fail(ErrorCode::oauth_invalid_client, "client_assertion", "an unknown client");
}

Result<oid4vci::TokenResponse> TokenEndpoint::redeem(const http::ServerRequest& http_request,
                                                     const oid4vci::PreAuthorizedCodeRequest& request,
                                                     const oid4vci::VerifiedDpop& proof) {
  MIBUN_TRY(const WalletClient client,
            wallets_.authenticate(http_request, request.client_id, ClientAuthenticator::Demand::anonymous_allowed));
  std::optional<Error> refusal;
  std::string token;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(wallets_.use(transaction, client));
    MIBUN_TRY(auto redemption, codes_.redeem(transaction, request.code, request.tx_code));
    if (redemption.refusal) {
      refusal = std::move(redemption.refusal);
      return {};
    }
    MIBUN_TRY(token, tokens_.issue(transaction, proof,
                                   {.subject = redemption.redeemed->account,
                                    .scope = std::string(kScopeCredential),
                                    .context = redemption.redeemed->offer_id,
                                    .jkt = proof.jkt()}));
    return {};
  }));
  if (refusal) return std::unexpected(std::move(*refusal));
  return token_response(std::move(token), kScopeCredential);
}

Result<oid4vci::TokenResponse> TokenEndpoint::authenticate(const oid4vci::ClientCredentialsRequest& request,
                                                           const oid4vci::VerifiedDpop& proof) {
  MIBUN_TRY(const auto assertion, oid4vci::ClientAssertion::parse(request.client_assertion));
  MIBUN_TRY(const Client client, find_client(assertion.unverified_client_id()));
  const oid4vci::ClientAssertionPolicy policy{
      .audiences = audiences_, .form_client_id = request.client_id, .now = clock_.now()};
  MIBUN_TRY(const auto verified, assertion.verify(client.key, policy));
  const std::string_view scope = client.kind == ClientKind::staff ? kScopeStaff : kScopePartner;
  if (request.scope && *request.scope != scope) return fail(ErrorCode::oauth_invalid_scope, "scope");

  std::string token;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    const std::string used = verified.client_id() + "|" + verified.jti();
    MIBUN_CHECK(use_once(transaction, "client_assertion_jti", as_bytes(used), verified.remember_until(),
                         ErrorCode::oauth_invalid_client));
    MIBUN_TRY(
        token,
        tokens_.issue(transaction, proof,
                      {.subject = client.client_id, .scope = std::string(scope), .context = {}, .jkt = proof.jkt()}));
    return {};
  }));
  return token_response(std::move(token), scope);
}

Result<oid4vci::TokenResponse> TokenEndpoint::grant(const http::ServerRequest& request) {
  MIBUN_CHECK(refuse_private_keys_in_form(request.body));
  const auto headers = headers_of(request);
  MIBUN_TRY(const auto token_request, oid4vci::read_token_request(headers, request.body));
  MIBUN_TRY(const auto proof, tokens_.verify_token_endpoint_proof(request));
  if (const auto* code = std::get_if<oid4vci::PreAuthorizedCodeRequest>(&token_request))
    return redeem(request, *code, proof);
  return authenticate(std::get<oid4vci::ClientCredentialsRequest>(token_request), proof);
}

http::ServerResponse TokenEndpoint::answer(const http::ServerRequest& request) {
  const auto granted = grant(request);
  if (granted) return to_server_response(oid4vci::token_response(*granted));
  const Error& error = granted.error();
  if (error.code == ErrorCode::private_key_rejected || problem_text(error.code).status == 503) {
    return refuse(error, request);
  }
  log::info("token_refused", {{"code", to_string(error.code)}, {"detail", std::string_view(error.detail)}});
  http::ServerResponse refused = to_server_response(oid4vci::error_response(error, oid4vci::Endpoint::token));
  add_challenge(wallets_, error, refused);
  return refused;
}

void add_token_route(http::Router& router, TokenEndpoint& endpoint) {
  router.add({.method = "POST",
              .pattern = "/oauth/token",
              .handler = [&](const http::ServerRequest& request,
                             const http::PathParameters&) { return endpoint.answer(request); },
              .body_type = "application/x-www-form-urlencoded",
              .cors = true});
}

}  // namespace mibun::server
