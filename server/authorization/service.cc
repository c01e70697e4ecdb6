#include "server/authorization/service.h"

#include <algorithm>
#include <chrono>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/oid4vci/authorization_response.h"
#include "core/oid4vci/offer.h"
#include "core/oid4vci/signed_metadata.h"
#include "platform/log/log.h"
#include "server/access/wallet_authenticator.h"
#include "server/registration/current_key.h"

// From a pushed request to the code that the person takes back to their wallet.
namespace mibun::server {
namespace {

constexpr auto kSignedLifetime = std::chrono::hours(1);  // of metadata; wallets take a day
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSecretBytes = 32;

std::unexpected<Error> gone(std::string detail) {
  return fail(ErrorCode::oauth_invalid_request_uri, "authorization", std::move(detail));
}

std::string name_in(const std::vector<oid4vci::Display>& displays, std::string_view locale, const std::string& id) {
  const oid4vci::Display* display = oid4vci::choose_display(displays, locale);
  return display == nullptr ? id : display->name;
}

std::string handle_of(std::string_view request_uri) {
  return std::string(request_uri.substr(oid4vci::kRequestUriPrefix.size()));
}

}  // namespace

Result<oid4vci::AuthorizationServerMetadata> AuthorizationService::metadata() {
  oid4vci::AuthorizationServerMetadata metadata;
  metadata.issuer = public_origin_;
  metadata.token_endpoint = public_origin_ + "/oauth/token";
  metadata.grant_types = {std::string(oid4vci::kAuthorizationCodeGrant), std::string(oid4vci::kRefreshTokenGrant),
                          std::string(oid4vci::kPreAuthorizedCodeGrant), "client_credentials"};
  metadata.token_endpoint_auth_methods = {"none", "private_key_jwt", "attest_jwt_client_auth"};
  metadata.client_attestation_algorithms = {"ES256"};
  metadata.challenge_endpoint = public_origin_ + std::string(kAttestationChallengePath);
  metadata.dpop_algorithms = {"ES256"};
  metadata.anonymous_pre_authorized = true;
  metadata.authorization_endpoint = public_origin_ + "/oauth/authorize";
  metadata.pushed_authorization_request_endpoint = public_origin_ + "/oauth/par";
  metadata.pushed_authorization_requests_required = true;
  metadata.response_types = {"code"};
  metadata.code_challenge_methods = {"S256"};
  for (const auto& card : rooms_.cards.metadata().configurations) {
    const bool known = std::ranges::find(metadata.scopes, card.scope) != metadata.scopes.end();
    if (!card.scope.empty() && !known) metadata.scopes.push_back(card.scope);
  }
  metadata.authorization_details_types = {"openid_credential"};
  metadata.iss_in_response = true;
  MIBUN_TRY(metadata.signed_metadata, signed_text(metadata));
  return metadata;
}

Result<std::string> AuthorizationService::signed_text(const oid4vci::AuthorizationServerMetadata& metadata) {
  const SigningIdentity& issuer = rooms_.trust.credential_issuer();
  const Instant now = clock_.now();
  const std::scoped_lock lock(signed_mutex_);
  const bool is_good =
      signed_.signer == issuer.chain.front() && now >= signed_.at && now < signed_.at + kSignedLifetime;
  if (is_good) return signed_.text;
  MIBUN_TRY(std::string text, oid4vci::sign_server_metadata(metadata, now, *issuer.signer, issuer.chain));
  signed_ = {std::move(text), issuer.chain.front(), now};
  return signed_.text;
}

// OpenID4VCI 1.0, section 5.1.2: unknown scopes are ignored; when nothing is left, RFC 6749 has a word for it.
Result<std::vector<std::string>> AuthorizationService::known_scopes(const std::vector<std::string>& scopes) const {
  const auto cards = rooms_.cards.metadata().configurations;
  std::vector<std::string> known;
  for (const std::string& scope : scopes) {
    if (std::ranges::find(cards, scope, &oid4vci::CredentialConfiguration::scope) != cards.end())
      known.push_back(scope);
  }
  return known;
}

Status AuthorizationService::check_details(const std::vector<oid4vci::AuthorizationDetail>& details) const {
  constexpr auto kCode = ErrorCode::oauth_invalid_authorization_details;
  const auto metadata = rooms_.cards.metadata();
  for (const oid4vci::AuthorizationDetail& detail : details) {
    if (metadata.find(detail.configuration_id) == nullptr) {
      return fail(kCode, "authorization_details", "an unknown credential_configuration_id");
    }
    const auto& locations = detail.locations;
    if (!locations.empty() && std::ranges::find(locations, public_origin_) == locations.end()) {
      return fail(kCode, "authorization_details", "locations that are another issuer's");
    }
  }
  return {};
}

Result<AuthorizationService::Row> AuthorizationService::row_for(const oid4vci::AuthorizationRequest& request,
                                                                const WalletClient& client) const {
  const RegisteredClient* registered = rooms_.clients.find(client.client_id());
  if (registered == nullptr) return fail(ErrorCode::oauth_unauthorized_client, "client_id", "not registered here");
  if (std::ranges::find(registered->redirect_uris, request.redirect_uri) == registered->redirect_uris.end()) {
    return fail(ErrorCode::oauth_invalid_request, "redirect_uri", "not one that this client registered");
  }
  if (request.resource && *request.resource != public_origin_) {
    return fail(ErrorCode::oauth_invalid_request, "resource", "another issuer");
  }
  MIBUN_CHECK(check_details(request.details));
  MIBUN_TRY(std::vector<std::string> scopes, known_scopes(request.scopes));
  if (scopes.empty() && request.details.empty()) return fail(ErrorCode::oauth_invalid_scope, "scope", "none is known");
  return Row{.authorization_id = base64url::encode(rng_.bytes(kIdBytes)),
             .phase = "pushed",
             .expires = clock_.now() + kRequestUriLifetime,
             .client_id = client.client_id(),
             .instance_jkt = client.instance_jkt(),
             .dpop_jkt = request.dpop_jkt.value_or(""),
             .redirect_uri = request.redirect_uri,
             .code_challenge = request.code_challenge.text(),
             .state = request.state,
             .issuer_state = request.issuer_state,
             .scopes = std::move(scopes),
             .details = request.details,
             .account_id = {},
             .offer_id = {},
             .granted_until = {}};
}

Result<oid4vci::PushedAuthorization> AuthorizationService::push(const oid4vci::AuthorizationRequest& request,
                                                                const WalletClient& client,
                                                                const std::optional<oid4vci::VerifiedDpop>& proof) {
  MIBUN_TRY(Row row, row_for(request, client));
  if (proof) {
    // RFC 9449, section 10.1: both say the same, or one of them is not the wallet's.
    if (request.dpop_jkt && *request.dpop_jkt != proof->jkt()) {
      return fail(ErrorCode::dpop_invalid_proof, "dpop_jkt", "another key than the proof's");
    }
    row.dpop_jkt = proof->jkt();
  }
  const std::string handle = base64url::encode(rng_.bytes(kSecretBytes));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(rooms_.authenticator.use(transaction, client));
    if (proof) MIBUN_CHECK(rooms_.proofs.use(transaction, *proof));
    return authorization_store::insert(transaction, row, crypto::sha256(handle));
  }));
  return oid4vci::PushedAuthorization{std::string(oid4vci::kRequestUriPrefix) + handle, kRequestUriLifetime};
}

std::vector<AuthorizationQuestion::CardName> AuthorizationService::names_of(const Row& row) const {
  std::vector<AuthorizationQuestion::CardName> names;
  for (const auto& card : rooms_.cards.metadata().configurations) {
    const bool by_scope = std::ranges::find(row.scopes, card.scope) != row.scopes.end();
    const bool by_detail =
        std::ranges::find(row.details, card.id, &oid4vci::AuthorizationDetail::configuration_id) != row.details.end();
    if (!by_scope && !by_detail) continue;
    names.push_back({card.id, name_in(card.display, "ja", card.id), name_in(card.display, "en", card.id)});
  }
  return names;
}

Result<AuthorizationQuestion> AuthorizationService::ask(const oid4vci::AuthorizeQuery& query) {
  const auto digest = crypto::sha256(handle_of(query.request_uri));
  const Instant now = clock_.now();
  const Instant expires = now + kQuestionLifetime;
  std::optional<Row> row;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t opened, authorization_store::open(transaction, digest, query.client_id, now, expires));
    if (opened != 1) return gone("the request_uri is unknown, expired, another client's or was opened before");
    MIBUN_TRY(row, authorization_store::find_by_request(transaction, digest));
    return {};
  }));
  const RegisteredClient* client = rooms_.clients.find(row->client_id);
  if (client == nullptr) return gone("the client is not registered any more");
  return AuthorizationQuestion{.authorization_id = row->authorization_id,
                               .client_id = client->client_id,
                               .client_name_ja = client->name_ja,
                               .client_name_en = client->name_en,
                               .cards = names_of(*row),
                               .expires = expires};
}

Result<std::string> AuthorizationService::approve(std::string_view authorization_id, const Account& account) {
  const std::string code = base64url::encode(rng_.bytes(kSecretBytes));
  const auto code_sha256 = crypto::sha256(code);
  const Instant now = clock_.now();
  std::optional<Row> row;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row, authorization_store::find_by_id(transaction, authorization_id));
    return {};
  }));
  if (!row) return gone("unknown");
  MIBUN_CHECK(rooms_.cards.check_entitled(account.id));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(require_current_key(transaction, account));
    std::string offer_id;
    if (row->issuer_state) {
      MIBUN_TRY(offer_id, rooms_.cards.use_offer(transaction, account.id, *row->issuer_state));
    }
    MIBUN_TRY(const std::int64_t approved, authorization_store::approve(transaction, authorization_id,
                                                                        {.account_id = account.id.value,
                                                                         .offer_id = offer_id,
                                                                         .code_sha256 = code_sha256,
                                                                         .code_expires = now + kCodeLifetime},
                                                                        now));
    if (approved != 1) return gone("answered before, or too late");
    return {};
  }));
  log::info("authorization_approved");
  const oid4vci::AuthorizationAnswer answer{.issuer = public_origin_, .state = row->state};
  return answer.with_code(row->redirect_uri, code);
}

Result<std::string> AuthorizationService::refuse(std::string_view authorization_id) {
  std::optional<Row> row;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t refused, authorization_store::refuse(transaction, authorization_id, clock_.now()));
    if (refused != 1) return gone("unknown, answered before, or too late");
    MIBUN_TRY(row, authorization_store::find_by_id(transaction, authorization_id));
    return {};
  }));
  log::info("authorization_refused");
  const oid4vci::AuthorizationAnswer answer{.issuer = public_origin_, .state = row->state};
  return answer.with_error(row->redirect_uri, ErrorCode::oauth_access_denied);
}

Status AuthorizationService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  return authorization_store::erase(transaction, person.value);
}

Status AuthorizationService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) {
    return authorization_store::purge_expired(transaction, clock_.now());
  });
}

}  // namespace mibun::server
