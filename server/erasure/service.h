#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/erasure/retained.h"
#include "server/journal/no_return.h"
#include "server/registration/accounts.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Deleting an account for good (promise WP-03): every room's rows in one transaction, in which what a law keeps goes to
// its vault, then the data key, then the pages that held them, then a signed receipt. Cut off anywhere, resume() takes
// it to the end at the next start.
class ErasureService {
 public:
  ErasureService(database::Database& database, keyd::KeyHolder& keys, NoReturn& no_return, const Trust& trust,
                 const Clock& clock, Rng& rng, std::string public_origin, RetainedByLaw& retained,
                 std::vector<ErasablePart*> parts)
      : database_(database),
        keys_(keys),
        no_return_(no_return),
        trust_(trust),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)),
        retained_(retained),
        parts_(std::move(parts)) {}

  // The receipt. Errors: database_error, keyd_*.
  Result<std::string> erase(const Account& account);
  // Deletions that a crash cut off: call before the listener opens. Later on, those that began at least `at_rest` ago
  // and waited for keys.
  Status resume(std::chrono::milliseconds at_rest = {});
  // Of somebody who was erased and whom this database does not know as such: it was restored from before, or the power
  // went between the journal's line and the commit. The receipt is kept and handed to nobody;
  // what a law keeps is what was kept then, since nobody can read the rest any more.
  Status erase_untold(const keyd::PersonId& person);
  // Whether there is an account of which a receipt of erasure would say this. Goes over all of them.
  Result<bool> knows_account(BytesView account_lookup);

 private:
  Result<std::string> begin(const keyd::PersonId& person, BytesView account_lookup,
                            const std::vector<RetainedByLaw::Prepared>& retained);
  Result<std::string> finish(const std::string& erasure_id, const keyd::PersonId& person, BytesView account_lookup);
  Result<Bytes> lookup_of(const keyd::PersonId& person);
  Result<std::string> sign_receipt(BytesView account_lookup, Instant now);
  database::Database& database_;
  keyd::KeyHolder& keys_;
  NoReturn& no_return_;
  const Trust& trust_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
  RetainedByLaw& retained_;
  std::vector<ErasablePart*> parts_;
};

}  // namespace mibun::server
