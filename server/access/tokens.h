#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/oid4vci/dpop.h"
#include "platform/database/database.h"
#include "server/access/access.h"
#include "server/access/minute_nonces.h"
#include "server/erasure/part.h"
#include "server/registration/unit.h"

namespace mibun::server {

inline constexpr auto kAccessTokenLifetime = std::chrono::minutes(5);

// DPoP-bound access tokens: made at the token endpoint, demanded at the resources.
class TokenService final : public AccessTokens,
                           public AccessTokenRevoker,
                           public ServerProofs,
                           public ErasablePart,
                           public UnitBoundPart {
 public:
  TokenService(database::Database& database, SingleUses& uses, keyd::KeyHolder& keys, const Clock& clock, Rng& rng,
               std::string public_origin)
      : database_(database),
        uses_(uses),
        nonces_("dpop_nonce", keys, clock),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)) {}

  // Uses the proof up and keeps the grant under a new token, in one transaction. Errors: dpop_replayed.
  Result<std::string> issue(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof, Grant grant);

  Result<oid4vci::VerifiedDpop> verify(const http::ServerRequest& request, Nonce nonce) override;
  Status use(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof) override;
  Result<std::string> nonce() override { return nonces_.current(); }
  Result<Grant> require(const http::ServerRequest& request, std::string_view scope) override;
  Status revoke_authorization(database::Transaction& transaction, std::string_view authorization_id) override;

  std::string_view record_class() const override { return "access tokens"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) override {
    return erase(transaction, person);
  }
  Status purge_expired();

 private:
  Result<std::optional<Grant>> find(std::string_view token);
  // The proof was made after we gave its nonce out: RFC 9449, section 8. Errors: dpop_use_nonce.
  Status check_nonce(const oid4vci::VerifiedDpop& proof);
  database::Database& database_;
  SingleUses& uses_;
  MinuteNonces nonces_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
};

}  // namespace mibun::server
