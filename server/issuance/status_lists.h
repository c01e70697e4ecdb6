#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/status_list/status_reference.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/issuance/offers.h"
#include "server/journal/no_return.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Our own Token Status Lists: random indexes, tokens that are always current, revocation by person.
class StatusLists final : public CredentialRevoker, public StatusListTokens {
 public:
  StatusLists(database::Database& database, NoReturn& no_return, const Trust& trust, const Clock& clock, Rng& rng,
              std::string public_origin)
      : database_(database),
        no_return_(no_return),
        trust_(trust),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)) {}

  // `count` unused indexes for copies of one issuance, not neighbours but by chance (threat I3).
  // Errors: database_error, status_list_full (never: a new list is opened before).
  Result<std::vector<status_list::StatusReference>> take(database::Transaction& transaction,
                                                         const keyd::PersonId& person, std::string_view issuance_id,
                                                         std::size_t count);
  // For an issuance that was cut off: nobody may use a copy that might exist.
  Status revoke_issuance(database::Transaction& transaction, std::string_view issuance_id);

  Status revoke_all(database::Transaction& transaction, const keyd::PersonId& person) override;
  // Of a database that was restored: its lists give no more indexes, and whatever they do not know of is invalid.
  Status close_lists(database::Transaction& transaction);
  Result<std::string> token_for(const std::string& uri) override;

  std::string uri_of(std::int64_t list_id) const { return public_origin_ + "/status/" + std::to_string(list_id); }

 private:
  struct Signed {
    std::vector<std::int64_t> set;  // the revoked indexes that the token says
    std::string token;
    Instant good_until;
  };
  struct List {
    std::int64_t size = 0;  // 0: no such list
    std::vector<std::int64_t> set;
  };
  Result<std::int64_t> open_list(database::Transaction& transaction);
  Result<List> read_list(std::int64_t list_id);
  Result<std::string> sign(const std::string& uri, std::int64_t size, const std::vector<std::int64_t>& set,
                           Instant now);
  database::Database& database_;
  NoReturn& no_return_;
  const Trust& trust_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
  std::mutex mutex_;
  std::unordered_map<std::int64_t, Signed> signed_;
};

}  // namespace mibun::server
