#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/oid4vci/dpop.h"
#include "platform/database/database.h"
#include "server/access/access.h"
#include "server/erasure/part.h"

namespace mibun::server {

inline constexpr auto kAccessTokenLifetime = std::chrono::minutes(5);

// DPoP-bound access tokens: made at the token endpoint, demanded at the resources.
class TokenService final : public AccessTokens, public ErasablePart {
 public:
  TokenService(database::Database& database, const Clock& clock, Rng& rng, std::string public_origin)
      : database_(database), clock_(clock), rng_(rng), public_origin_(std::move(public_origin)) {}

  // The proof of a request to `path` at the token endpoint; not yet used up. Errors: dpop_invalid_proof.
  Result<oid4vci::VerifiedDpop> verify_token_endpoint_proof(const http::ServerRequest& request) const;

  // Uses the proof up and keeps the grant under a new token, in one transaction. Errors: dpop_replayed.
  Result<std::string> issue(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof, Grant grant);

  Result<Grant> require(const http::ServerRequest& request, std::string_view scope) override;

  std::string_view record_class() const override { return "access tokens"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status purge_expired();

 private:
  Status use_proof(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof) const;
  database::Database& database_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
};

}  // namespace mibun::server
