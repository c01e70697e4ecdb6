#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "core/base/time.h"
#include "platform/database/forwarding_database.h"
#include "platform/keyd/keyd.h"
#include "server/journal/journal.h"

namespace mibun::server {

// How rooms write into the journal, so that nothing is acknowledged that an older database could undo.
//
// A deed of the database alone leaves its line in the outbox, in its own transaction, and JournaledDatabase brings it
// into the journal after the commit and before whoever wrote goes on: there is no line of a deed that did not happen.
// An erasure, which destroys a key outside of the database, has its line before: if its transaction fails afterwards,
// the line stays and the next start does it, rather once too often than undone. docs/decisions/0063.
class NoReturn {
 public:
  // `database`: whose rows say what is to go into the journal. All of them must outlive it.
  NoReturn(Journal& journal, keyd::KeyHolder& keys, database::Database& database, const Clock& clock)
      : journal_(journal), keys_(keys), database_(database), clock_(clock) {}

  // Before the transaction that erases: the number of the line, which is in the journal now. Errors: those of
  // Journal::append, the key holder's.
  Result<std::uint64_t> erasing(const keyd::PersonId& person);
  // In it. Errors: database_error.
  static Status erased(database::Transaction& transaction, std::uint64_t line);

  // In the transaction of the deed, of a JournaledDatabase. Errors of all: unavailable (earlier lines wait, since the
  // journal takes none), database_error, the key holder's.
  Status account_stopped(database::Transaction& transaction, const keyd::PersonId& person);
  // `credential_id_lookup`: of the device that the account had until now.
  Status unit_moved(database::Transaction& transaction, BytesView credential_id_lookup);
  Status cards_revoked(database::Transaction& transaction, std::span<const std::string> issuance_ids);
  // In the transaction of an answer that only says what was done before: that must be in the journal by now, too.
  static void relies_on_earlier();

  // Brings into the journal whatever waits; when it returns, all that was committed before is there. Errors: those of
  // Journal::append, database_error.
  Status publish();
  // Whether lines wait that the journal did not take.
  bool is_stuck() const { return stuck_; }

  // What stands in a line for an account, a device, the cards of one issuance. Errors: the key holder's.
  static Result<Bytes> account_subject(keyd::KeyHolder& keys, JournalKind kind, const keyd::PersonId& person);
  static Result<Bytes> unit_subject(keyd::KeyHolder& keys, BytesView credential_id_lookup);
  static Result<Bytes> cards_subject(keyd::KeyHolder& keys, const std::string& issuance_id);

 private:
  Status put(database::Transaction& transaction, JournalKind kind, std::span<const Bytes> subjects);
  Status publish_waiting();
  Journal& journal_;
  keyd::KeyHolder& keys_;
  database::Database& database_;
  const Clock& clock_;
  std::mutex publishing_;
  std::atomic<bool> stuck_ = false;
};

// A database whose transactions may leave lines for the journal: what returns from write() is in it.
class JournaledDatabase final : public database::ForwardingDatabase {
 public:
  // Both must outlive it; `no_return` has the same database below.
  JournaledDatabase(database::Database& below, NoReturn& no_return)
      : ForwardingDatabase(below), no_return_(no_return) {}

  // Also the errors of NoReturn::publish(): then the deed is done and nobody may be told so; the line follows when the
  // journal takes it.
  Status write(const std::function<Status(database::Transaction&)>& work) override;

 private:
  NoReturn& no_return_;
};

}  // namespace mibun::server
