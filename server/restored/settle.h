#pragma once

#include <cstdint>
#include <string>

#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/service.h"
#include "server/issuance/status_lists.h"
#include "server/journal/journal.h"

namespace mibun::server {

struct SettleParts {
  database::Database& database;
  keyd::KeyHolder& keys;
  const Journal& journal;
  ErasureService& erasure;
  StatusLists& status_lists;
  const Clock& clock;
  std::string data_directory;
};

struct Settled {
  bool restored = false;  // there was a marker of `mibun restore`
  std::int64_t erased = 0, stopped = 0, revoked_issuances = 0;
};

// While the server runs, what was done since its start is in the journal and in this database: it need not be told any
// more of that, up to the first that is not (a deed that failed after its line, for the next start). The number up to
// which it needs nothing; the entries up to there may be forgotten as far as it is concerned. Errors: database_error.
Result<std::uint64_t> catch_up(database::Database& database, const Journal& journal);

// Before anybody is answered: what the journal says and this database does not know is done in it; what must not live
// on in a database that was restored ends. After an ordinary stop there is nothing to do. Calling again does no harm,
// so a crash in between is settled by the next start.
//
// Refuses to go on with a key holder that is not this database's (else everybody would be taken for erased), and with a
// journal that did not go through the position that the database knows. Errors: keyd_integrity_error,
// backup_integrity_error, database_error, the key holder's.
Result<Settled> settle(const SettleParts& parts);

}  // namespace mibun::server
