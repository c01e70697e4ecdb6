#pragma once

#include <span>
#include <string>

#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/journal/journal.h"

namespace mibun::server {

// How rooms write into the journal: in the transaction of the deed, so that nothing is acknowledged that an older
// database could undo. If that transaction fails afterwards, the line stays, and the deed is done at the next start:
// rather once too often than undone. Errors of all: those of Journal::append, database_error, the key holder's.
class NoReturn {
 public:
  NoReturn(Journal& journal, keyd::KeyHolder& keys, const Clock& clock)
      : journal_(journal), keys_(keys), clock_(clock) {}

  Status account_erased(database::Transaction& transaction, const keyd::PersonId& person);
  Status account_stopped(database::Transaction& transaction, const keyd::PersonId& person);
  // `credential_id_lookup`: of the device that the account had until now.
  Status unit_replaced(database::Transaction& transaction, BytesView credential_id_lookup);
  Status cards_revoked(database::Transaction& transaction, std::span<const std::string> issuance_ids);

  // What stands in a line for an account, a device, the cards of one issuance. Errors: the key holder's.
  static Result<Bytes> account_subject(keyd::KeyHolder& keys, JournalKind kind, const keyd::PersonId& person);
  static Result<Bytes> unit_subject(keyd::KeyHolder& keys, BytesView credential_id_lookup);
  static Result<Bytes> cards_subject(keyd::KeyHolder& keys, const std::string& issuance_id);

 private:
  Status write(database::Transaction& transaction, JournalKind kind, std::span<const Bytes> subjects);
  Journal& journal_;
  keyd::KeyHolder& keys_;
  const Clock& clock_;
};

}  // namespace mibun::server
