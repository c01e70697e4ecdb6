#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/server_metadata.h"
#include "platform/database/database.h"
#include "server/access/access.h"
#include "server/access/client_authenticator.h"
#include "server/authorization/store.h"
#include "server/erasure/part.h"
#include "server/issuance/card_grants.h"
#include "server/registration/accounts.h"
#include "server/registration/unit.h"
#include "server/trust/trust.h"

namespace mibun::server {

inline constexpr auto kRequestUriLifetime = std::chrono::seconds(90);
inline constexpr auto kQuestionLifetime = std::chrono::minutes(10);  // to read the page and to sign in
inline constexpr auto kCodeLifetime = std::chrono::seconds(60);
// How long cards can be renewed without asking their person: a refresh token that is not used for 90 days is over, and
// after a year they sign in again or take a new offer, however often it was used.
inline constexpr auto kRefreshTokenLifetime = std::chrono::hours(24 * 90);
inline constexpr auto kGrantLifetime = std::chrono::hours(24 * 365);
// How long the answer to a refresh token is given again to who asks with it again: long enough for a wallet that lost
// it on the way (a connection cut, a tunnel), short enough for a stolen copy that comes later to be noticed.
inline constexpr auto kRefreshRepeatLifetime = std::chrono::minutes(10);

// What the person is asked: which card goes to which wallet.
struct AuthorizationQuestion {
  std::string authorization_id;
  std::string client_id, client_name_ja, client_name_en;
  struct CardName {
    std::string configuration_id, name_ja, name_en;
  };
  std::vector<CardName> cards;
  Instant expires;
};

// The authorization server of the code flow: RFC 9126, RFC 7636, RFC 9207 and OpenID4VCI 1.0, section 5. A request is
// pushed by a wallet, opened once in a browser, answered by the person with the passkey of their account, and redeemed
// once for tokens.
class AuthorizationService final : public AuthorizedGrants, public ErasablePart, public UnitBoundPart {
 public:
  // The rooms that it asks.
  struct Neighbours {
    const WalletClients& clients;
    ClientAuthenticator& authenticator;
    ServerProofs& proofs;
    AccessTokenRevoker& tokens;
    AccountStates& accounts;
    CardGrants& cards;
    const Trust& trust;
  };
  AuthorizationService(database::Database& database, Neighbours neighbours, const Clock& clock, Rng& rng,
                       std::string public_origin)
      : database_(database), rooms_(neighbours), clock_(clock), rng_(rng), public_origin_(std::move(public_origin)) {}

  // With `signed_metadata`, by the key that signs the issuer's: signed anew each hour and for another signer, since
  // anybody may ask. Errors: those of sign_server_metadata.
  Result<oid4vci::AuthorizationServerMetadata> metadata();

  // PAR. `proof`: the request's, where it has one; the code is then bound to its key. Errors: oauth_invalid_request
  // (another redirect_uri than registered, another resource), oauth_invalid_scope, oauth_invalid_authorization_details,
  // dpop_invalid_proof (another key than dpop_jkt), dpop_replayed, those of ClientAuthenticator::use.
  Result<oid4vci::PushedAuthorization> push(const oid4vci::AuthorizationRequest& request, const WalletClient& client,
                                            const std::optional<oid4vci::VerifiedDpop>& proof);

  // Opens a pushed request, once. Errors: oauth_invalid_request_uri (unknown, expired, opened before, another
  // client's).
  Result<AuthorizationQuestion> ask(const oid4vci::AuthorizeQuery& query);

  // The person agreed. Where to send them. Errors: oauth_invalid_request_uri (answered before, or too late; an
  // issuer_state that stands for no open offer of this person, and then the question stays open),
  // oid4vci_issuance_pending (no card for them yet; the question stays open).
  Result<std::string> approve(std::string_view authorization_id, const Account& account);
  // The person stopped; nobody has to sign in for that. Errors: oauth_invalid_request_uri.
  Result<std::string> refuse(std::string_view authorization_id);

  Result<Begun> begin(database::Transaction& transaction, const PreAuthorized& given, const WalletClient& client,
                      const oid4vci::VerifiedDpop& proof) override;
  Result<Redemption> redeem_code(database::Transaction& transaction, const oid4vci::AuthorizationCodeRequest& request,
                                 const WalletClient& client, const oid4vci::VerifiedDpop& proof) override;
  // A refresh token is bound to its DPoP key and replaced at each use: both ways of RFC 9700, section 2.2.2 (OAuth 2.1,
  // section 4.3.1) to notice or stop a stolen one. Until its successor is used, and for kRefreshRepeatLifetime, the
  // same token with the same key gets the same successor again (and an access token of its own): an answer that is lost
  // on its way costs nothing. Any other second use ends the authorization (RFC 9700, section 4.14.2).
  Result<Redemption> refresh(database::Transaction& transaction, const oid4vci::RefreshTokenRequest& request,
                             const WalletClient& client, const oid4vci::VerifiedDpop& proof) override;

  std::string_view record_class() const override { return "authorizations"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) override {
    return erase(transaction, person);
  }
  Status purge_expired();

 private:
  using Row = authorization_store::AuthorizationRow;
  Result<Row> row_for(const oid4vci::AuthorizationRequest& request, const WalletClient& client) const;
  Result<std::vector<std::string>> known_scopes(const std::vector<std::string>& scopes) const;
  Status check_details(const std::vector<oid4vci::AuthorizationDetail>& details) const;
  std::vector<AuthorizationQuestion::CardName> names_of(const Row& row) const;
  CardAccess access_of(const Row& row, const std::vector<std::string>& scopes) const;
  std::string redirect_of(const Row& row, std::string_view code) const;
  // A second use of a code, or of a refresh token whose answer is not given again: everything made from the
  // authorization goes.
  Result<Redemption> reused(database::Transaction& transaction, const Row& row);
  Status keep_refresh_token(database::Transaction& transaction, const Row& row, std::string_view token);
  Result<bool> may_repeat(database::Transaction& transaction, const authorization_store::RefreshRow& row,
                          std::string_view token) const;
  Result<std::optional<std::string>> succeed(database::Transaction& transaction,
                                             const authorization_store::RefreshRow& row, std::string_view token);
  Result<Redemption> give(database::Transaction& transaction, const Row& row, std::vector<std::string> scopes,
                          CardAccess access, std::string refresh_token);
  Result<std::string> signed_text(const oid4vci::AuthorizationServerMetadata& metadata);
  database::Database& database_;
  Neighbours rooms_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
  // What was signed last, by whose certificate, when.
  struct Signed {
    std::string text;
    Bytes signer;
    Instant at;
  };
  std::mutex signed_mutex_;
  Signed signed_;
};

}  // namespace mibun::server
