#include "server/access/token_endpoint.h"

#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/issuer_steps.h"
#include "platform/keyd/rehearsal.h"
#include "server/access/card_access.h"
#include "server/access/refusal.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"

namespace mibun::server {
namespace {

oid4vci::TokenResponse token_response(std::string token, std::string_view scope) {
  oid4vci::TokenResponse response;
  response.access_token = std::move(token);
  response.expires_in_seconds = std::chrono::duration_cast<seconds>(kAccessTokenLifetime).count();
  if (!scope.empty()) response.scope = std::string(scope);
  return response;
}

}  // namespace

Result<Client> TokenEndpoint::find_client(std::string_view client_id) {
  for (ClientDirectory* directory : grants_.directories) {
    MIBUN_TRY(auto client, directory->find_client(client_id));
    if (client) return std::move(*client);
  }
  return fail(ErrorCode::oauth_invalid_client, "client_assertion", "an unknown client");
}

Result<TokenEndpoint::WalletRequest> TokenEndpoint::read_wallet(const ServerRequest& request,
                                                                const std::optional<std::string>& client_id,
                                                                ClientAuthenticator::Demand demand) {
  MIBUN_TRY(WalletClient client, grants_.wallets.authenticate(request, client_id, demand));
  MIBUN_TRY(oid4vci::VerifiedDpop proof, tokens_.verify(request, ServerProofs::Nonce::needed));
  return WalletRequest{std::move(client), std::move(proof)};
}

TokenEndpoint::Answer TokenEndpoint::redeem(const ServerRequest& request,
                                            const oid4vci::PreAuthorizedCodeRequest& wanted) {
  MIBUN_TRY(const WalletRequest wallet,
            read_wallet(request, wanted.client_id, ClientAuthenticator::Demand::anonymous_allowed));
  std::optional<Error> refusal;
  oid4vci::TokenResponse response;
  const keyd::AskedAhead asked([&] { grants_.codes.ask_ahead(wanted.code, wanted.tx_code); });
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(grants_.wallets.use(transaction, wallet.client));
    MIBUN_TRY(auto redemption, grants_.codes.redeem(transaction, wanted.code, wanted.tx_code));
    if (redemption.refusal) {
      refusal = std::move(redemption.refusal);
      return {};
    }
    MIBUN_TRY(CardAccess access, narrow({redemption.redeemed->configuration_ids, {}}, wanted.details));
    response = token_response({}, kScopeCredential);
    response.authorization_details = access.details;
    MIBUN_TRY(auto begun, grants_.authorized.begin(transaction,
                                                   {.account = redemption.redeemed->account,
                                                    .offer_id = redemption.redeemed->offer_id,
                                                    .access = access},
                                                   wallet.client, wallet.proof));
    response.refresh_token = std::move(begun.refresh_token);
    MIBUN_TRY(response.access_token, tokens_.issue(transaction, wallet.proof,
                                                   {.subject = redemption.redeemed->account,
                                                    .scope = std::string(kScopeCredential),
                                                    .context = redemption.redeemed->offer_id,
                                                    .jkt = wallet.proof.jkt(),
                                                    .client_id = wallet.client.client_id(),
                                                    .authorization_id = std::move(begun.authorization_id),
                                                    .configuration_ids = std::move(access.configuration_ids),
                                                    .details = std::move(access.details)}));
    return {};
  }));
  if (refusal) return std::unexpected(std::move(*refusal));
  return response;
}

template <class Request>
TokenEndpoint::Answer TokenEndpoint::redeem_authorized(const ServerRequest& request, const Request& wanted,
                                                       ClientAuthenticator::Demand demand) {
  MIBUN_TRY(const WalletRequest wallet, read_wallet(request, wanted.client_id, demand));
  std::optional<Error> refusal;
  oid4vci::TokenResponse response;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(grants_.wallets.use(transaction, wallet.client));
    AuthorizedGrants::Redemption redemption;
    if constexpr (std::is_same_v<Request, oid4vci::AuthorizationCodeRequest>) {
      MIBUN_TRY(redemption, grants_.authorized.redeem_code(transaction, wanted, wallet.client, wallet.proof));
    } else {
      MIBUN_TRY(redemption, grants_.authorized.refresh(transaction, wanted, wallet.client, wallet.proof));
    }
    if (redemption.refusal) {
      refusal = std::move(redemption.refusal);
      return {};
    }
    AuthorizedGrants::Authorized& authorized = *redemption.authorized;
    response = token_response({}, oid4vci::to_scope(authorized.scopes));
    response.authorization_details = authorized.access.details;
    response.refresh_token = std::move(authorized.refresh_token);
    MIBUN_TRY(response.access_token, tokens_.issue(transaction, wallet.proof,
                                                   {.subject = std::move(authorized.account),
                                                    .scope = std::string(kScopeCredential),
                                                    .context = std::move(authorized.offer_id),
                                                    .jkt = wallet.proof.jkt(),
                                                    .client_id = wallet.client.client_id(),
                                                    .authorization_id = std::move(authorized.authorization_id),
                                                    .configuration_ids = std::move(authorized.access.configuration_ids),
                                                    .details = std::move(authorized.access.details)}));
    return {};
  }));
  if (refusal) return std::unexpected(std::move(*refusal));
  return response;
}

TokenEndpoint::Answer TokenEndpoint::authenticate(const ServerRequest& request,
                                                  const oid4vci::ClientCredentialsRequest& wanted) {
  MIBUN_TRY(const auto proof, tokens_.verify(request, ServerProofs::Nonce::not_needed));
  MIBUN_TRY(const auto assertion, oid4vci::ClientAssertion::parse(wanted.client_assertion));
  MIBUN_TRY(const Client client, find_client(assertion.unverified_client_id()));
  const oid4vci::ClientAssertionPolicy policy{
      .audiences = audiences_, .form_client_id = wanted.client_id, .now = clock_.now()};
  MIBUN_TRY(const auto verified, assertion.verify(client.key, policy));
  const std::string_view scope = client.kind == ClientKind::staff ? kScopeStaff : kScopePartner;
  if (wanted.scope && *wanted.scope != scope) return fail(ErrorCode::oauth_invalid_scope, "scope");

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

TokenEndpoint::Answer TokenEndpoint::grant(const ServerRequest& request, const oid4vci::TokenRequest& wanted) {
  if (const auto* code = std::get_if<oid4vci::PreAuthorizedCodeRequest>(&wanted)) return redeem(request, *code);
  if (const auto* code = std::get_if<oid4vci::AuthorizationCodeRequest>(&wanted)) {
    return redeem_authorized(request, *code, ClientAuthenticator::Demand::known_client);
  }
  // What began without a client goes on without one; the key and the token say whose it is.
  if (const auto* token = std::get_if<oid4vci::RefreshTokenRequest>(&wanted)) {
    return redeem_authorized(request, *token, ClientAuthenticator::Demand::anonymous_allowed);
  }
  return authenticate(request, std::get<oid4vci::ClientCredentialsRequest>(wanted));
}

Result<oid4vci::TokenRequest> TokenEndpoint::read(const ServerRequest& request) {
  MIBUN_CHECK(refuse_private_keys_in_form(request.body));
  return oid4vci::read_token_request(headers_of(request), request.body);
}

ServerResponse TokenEndpoint::answer(const ServerRequest& request) {
  const auto wanted = read(request);
  if (!wanted) return refuse_at_server("token_refused", wanted.error(), request, {});
  // Who was given a nonce must send one (RFC 9449, section 11.3): partners and staff get none.
  std::optional<std::string> nonce;
  if (!std::holds_alternative<oid4vci::ClientCredentialsRequest>(*wanted)) {
    auto made = tokens_.nonce();
    if (!made) return refuse(made.error(), request);
    nonce = std::move(*made);
  }
  const auto granted = grant(request, *wanted);
  if (granted) return to_server_response(oid4vci::token_response(*granted, nonce));
  ServerResponse refused = refuse_at_server("token_refused", granted.error(), request, nonce);
  add_challenge(grants_.wallets, granted.error(), refused);
  return refused;
}

void add_token_route(http::Router& router, TokenEndpoint& endpoint) {
  router.add({.method = "POST",
              .pattern = "/oauth/token",
              .handler = [&](const ServerRequest& request, const PathParameters&) { return endpoint.answer(request); },
              .body_type = "application/x-www-form-urlencoded",
              .cors = true});
}

}  // namespace mibun::server
