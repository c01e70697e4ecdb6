#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/oid4vci/pkce.h"
#include "platform/log/log.h"
#include "server/authorization/service.h"

// Codes and refresh tokens at the token endpoint: each once, by the client and the key they were made for.
namespace mibun::server {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kTokenBytes = 32;

using Redemption = AuthorizedGrants::Redemption;
using Row = authorization_store::AuthorizationRow;
using authorization_store::RefreshRow;

Redemption refused(Error error) {
  return {{}, std::move(error)};
}

Redemption invalid_grant(std::string detail) {
  return refused({ErrorCode::oauth_invalid_grant, "grant", std::move(detail)});
}

// Who may redeem at all; a stranger who holds a code or a token changes nothing by trying.
Status check_holder(const Row& row, const WalletClient& client, const oid4vci::VerifiedDpop& proof) {
  const auto wrong = [](std::string detail) {
    return fail(ErrorCode::oauth_invalid_grant, "grant", std::move(detail));
  };
  if (row.client_id != client.client_id()) return wrong("another client's");
  if (row.instance_jkt != client.instance_jkt()) return wrong("another wallet instance's");
  if (!row.dpop_jkt.empty() && row.dpop_jkt != proof.jkt()) return wrong("bound to another DPoP key");
  return {};
}

// Made of what its holder has and of what only the store has: neither alone gives it, and no token is kept in the clear
// to be given twice.
std::string successor_of(std::string_view token, BytesView half) {
  return base64url::encode(crypto::hmac_sha256(as_bytes(token), half));
}

}  // namespace

CardAccess AuthorizationService::access_of(const Row& row, const std::vector<std::string>& scopes) const {
  CardAccess access{.configuration_ids = {}, .details = row.details};
  for (const auto& card : rooms_.cards.metadata().configurations) {
    const bool by_scope = std::ranges::find(scopes, card.scope) != scopes.end();
    // OpenID4VCI 1.0, section 5.1.2: asked for in both ways, the detail counts.
    const bool by_detail =
        std::ranges::find(row.details, card.id, &oid4vci::AuthorizationDetail::configuration_id) != row.details.end();
    if (by_scope && !by_detail) access.configuration_ids.push_back(card.id);
  }
  return access;
}

Result<Redemption> AuthorizationService::reused(database::Transaction& transaction, const Row& row) {
  MIBUN_CHECK(authorization_store::end(transaction, row.authorization_id));
  MIBUN_CHECK(rooms_.tokens.revoke_authorization(transaction, row.authorization_id));
  log::warning("authorization_reused");
  return invalid_grant("used before: everything made from it is revoked");
}

// The authorization lives as long as its newest refresh token, and no longer than was granted.
Status AuthorizationService::keep_refresh_token(database::Transaction& transaction, const Row& row,
                                                std::string_view token) {
  const Instant expires = std::min(clock_.now() + kRefreshTokenLifetime, row.granted_until);
  MIBUN_CHECK(authorization_store::insert_refresh(transaction, row.authorization_id, crypto::sha256(token), expires));
  return authorization_store::prolong(transaction, row.authorization_id, expires);
}

// Only who has not used what they were given can have lost it.
Result<bool> AuthorizationService::may_repeat(database::Transaction& transaction, const RefreshRow& row,
                                              std::string_view token) const {
  const Instant now = clock_.now();
  if (row.successor_half.empty() || now >= row.used_at + kRefreshRepeatLifetime) return false;
  const auto successor = crypto::sha256(successor_of(token, row.successor_half));
  MIBUN_TRY(const auto next, authorization_store::find_refresh(transaction, successor));
  return next && !next->used && now < next->expires;
}

// The token that follows this one; none where it has expired.
Result<std::optional<std::string>> AuthorizationService::succeed(database::Transaction& transaction,
                                                                 const RefreshRow& row, std::string_view token) {
  if (row.used) return std::optional(successor_of(token, row.successor_half));
  const Bytes half = rng_.bytes(kTokenBytes);
  MIBUN_TRY(const std::int64_t used,
            authorization_store::use_refresh(transaction, crypto::sha256(token), half, clock_.now()));
  if (used != 1) return std::optional<std::string>();
  std::string successor = successor_of(token, half);
  MIBUN_CHECK(keep_refresh_token(transaction, row.authorization, successor));
  return std::optional(std::move(successor));
}

Result<AuthorizedGrants::Begun> AuthorizationService::begin(database::Transaction& transaction,
                                                            const PreAuthorized& given, const WalletClient& client,
                                                            const oid4vci::VerifiedDpop& proof) {
  const Instant now = clock_.now();
  Row row{.authorization_id = base64url::encode(rng_.bytes(kIdBytes)),
          .phase = "redeemed",
          .expires = now + kRefreshTokenLifetime,
          .client_id = client.client_id(),
          .instance_jkt = client.instance_jkt(),
          .dpop_jkt = proof.jkt(),
          .redirect_uri = {},
          .code_challenge = {},
          .state = {},
          .issuer_state = {},
          .scopes = {},
          .details = given.access.details,
          .account_id = given.account,
          .offer_id = given.offer_id,
          .granted_until = now + kGrantLifetime};
  for (const auto& card : rooms_.cards.metadata().configurations) {
    if (std::ranges::find(given.access.configuration_ids, card.id) != given.access.configuration_ids.end()) {
      row.scopes.push_back(card.scope);
    }
  }
  for (oid4vci::AuthorizationDetail& detail : row.details) detail.credential_identifiers.clear();
  // There was no request: what finds it is a number that nobody has.
  MIBUN_CHECK(authorization_store::insert_redeemed(transaction, row, crypto::sha256(rng_.bytes(kTokenBytes))));
  std::string refresh_token = base64url::encode(rng_.bytes(kTokenBytes));
  MIBUN_CHECK(keep_refresh_token(transaction, row, refresh_token));
  return Begun{row.authorization_id, std::move(refresh_token)};
}

Result<Redemption> AuthorizationService::give(database::Transaction& transaction, const Row& row,
                                              std::vector<std::string> scopes, CardAccess access,
                                              std::string refresh_token) {
  const keyd::PersonId person{row.account_id};
  if (auto active = rooms_.accounts.require_active(transaction, person); !active) {
    if (active.error().code != ErrorCode::account_closed) return pass_error(active);
    MIBUN_CHECK(authorization_store::end(transaction, row.authorization_id));
    return invalid_grant("the account is closed");
  }
  return Redemption{Authorized{.account = row.account_id,
                               .offer_id = row.offer_id,
                               .authorization_id = row.authorization_id,
                               .scopes = std::move(scopes),
                               .access = std::move(access),
                               .refresh_token = std::move(refresh_token)},
                    {}};
}

Result<Redemption> AuthorizationService::redeem_code(database::Transaction& transaction,
                                                     const oid4vci::AuthorizationCodeRequest& request,
                                                     const WalletClient& client, const oid4vci::VerifiedDpop& proof) {
  MIBUN_TRY(auto row, authorization_store::find_by_code(transaction, crypto::sha256(request.code)));
  if (!row) return invalid_grant("unknown code");
  if (row->phase != "approved") return reused(transaction, *row);  // RFC 6749, section 4.1.2
  if (auto holder = check_holder(*row, client, proof); !holder) return refused(holder.error());
  if (row->redirect_uri != request.redirect_uri) return invalid_grant("another redirect_uri");
  MIBUN_TRY(const auto challenge, oid4vci::CodeChallenge::parse(row->code_challenge));
  if (auto verified = challenge.check(request.code_verifier); !verified) return refused(verified.error());
  auto access = narrow(access_of(*row, row->scopes), request.details);
  if (!access) return refused(access.error());

  const Instant now = clock_.now();
  row->granted_until = now + kGrantLifetime;
  MIBUN_TRY(const std::int64_t redeemed,
            authorization_store::redeem(transaction, row->authorization_id, proof.jkt(), now, row->granted_until));
  if (redeemed != 1) return invalid_grant("the code has expired");
  std::string refresh_token = base64url::encode(rng_.bytes(kTokenBytes));
  MIBUN_CHECK(keep_refresh_token(transaction, *row, refresh_token));
  return give(transaction, *row, row->scopes, std::move(*access), std::move(refresh_token));
}

Result<Redemption> AuthorizationService::refresh(database::Transaction& transaction,
                                                 const oid4vci::RefreshTokenRequest& request,
                                                 const WalletClient& client, const oid4vci::VerifiedDpop& proof) {
  MIBUN_TRY(const auto row, authorization_store::find_refresh(transaction, crypto::sha256(request.refresh_token)));
  if (!row) return invalid_grant("unknown refresh token");
  const Row& authorization = row->authorization;
  if (auto holder = check_holder(authorization, client, proof); !holder) return refused(holder.error());
  if (row->used) {
    MIBUN_TRY(const bool lost, may_repeat(transaction, *row, request.refresh_token));
    if (!lost) return reused(transaction, authorization);
  }

  // RFC 6749, section 6: a refresh never grows what was granted.
  const std::vector<std::string>& granted = authorization.scopes;
  const bool grows = std::ranges::any_of(
      request.scopes, [&](const std::string& scope) { return std::ranges::find(granted, scope) == granted.end(); });
  if (grows) return refused({ErrorCode::oauth_invalid_scope, "scope", "more than was granted"});
  const std::vector<std::string>& scopes = request.scopes.empty() ? granted : request.scopes;
  MIBUN_TRY(CardAccess access, narrow(access_of(authorization, scopes), {}));

  MIBUN_TRY(auto successor, succeed(transaction, *row, request.refresh_token));
  if (!successor) return invalid_grant("the refresh token has expired");
  return give(transaction, authorization, scopes, std::move(access), std::move(*successor));
}

}  // namespace mibun::server
