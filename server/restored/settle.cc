#include "server/restored/settle.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "platform/files/files.h"
#include "platform/log/log.h"
#include "server/journal/no_return.h"
#include "server/restored/marker.h"
#include "server/restored/tables.h"

namespace mibun::server {
namespace {

using database::Transaction;

struct Known {
  JournalPosition position;
  Bytes keys_identity;
};

// What the journal tells and the database does not know, by kind.
using Untold = std::map<JournalKind, std::set<Bytes>>;

Result<std::optional<Known>> read_known(database::Database& database) {
  MIBUN_TRY(const auto row, database.row("SELECT number, chain, keys_identity FROM journal_state"));
  if (!row) return std::optional<Known>();
  Known known;
  known.position.number = static_cast<std::uint64_t>(row->integer(0));
  if (row->blob(1).size() != known.position.chain.size()) {
    return fail(ErrorCode::backup_integrity_error, "journal_state", "the position is malformed");
  }
  std::ranges::copy(row->blob(1), known.position.chain.begin());
  known.keys_identity = row->blob(2);
  return std::optional<Known>(std::move(known));
}

// The devices of accounts whose move waits for its confirmation: what the journal would call them when it is confirmed.
Result<std::set<Bytes>> devices_that_may_move(const SettleParts& parts) {
  MIBUN_TRY(const auto rows,
            parts.database.rows("SELECT credential_id_lookup FROM accounts WHERE account_id IN (SELECT "
                                "account_id FROM moves WHERE state = 'opened')"));
  std::set<Bytes> subjects;
  for (const database::Row& row : rows) {
    MIBUN_TRY(Bytes subject, NoReturn::unit_subject(parts.keys, row.blob(0)));
    subjects.insert(std::move(subject));
  }
  return subjects;
}

// Until decision 0063 the lines of a move stood in the journal before its transaction: one that was cut off in between
// did not happen. The database still has the move open, and the account is the old device's, with its cards. In a
// database that was restored nobody can tell that from one of before the move. `unit_moved` is written after the
// commit, and always counts.
class CutOffMoves {
 public:
  explicit CutOffMoves(std::set<Bytes> devices) : devices_(std::move(devices)) {}

  // Of untold entries, in their order. Those of one transaction stand next to one another.
  bool include(const JournalEntry& entry) {
    if (entry.kind == JournalKind::unit_replaced) {
      is_inside_ = devices_.contains(entry.subject);
    } else {
      is_inside_ = is_inside_ && entry.kind == JournalKind::cards_revoked && entry.number == next_;
    }
    next_ = entry.number + 1;
    return is_inside_;
  }

 private:
  const std::set<Bytes> devices_;
  bool is_inside_ = false;
  std::uint64_t next_ = 0;
};

Result<Untold> read_untold(const SettleParts& parts, std::uint64_t after, bool restored) {
  MIBUN_TRY(const auto rows, parts.database.rows("SELECT number FROM journal_applied"));
  std::set<std::uint64_t> applied;
  for (const database::Row& row : rows) applied.insert(static_cast<std::uint64_t>(row.integer(0)));
  std::set<Bytes> may_move;
  if (!restored) {
    MIBUN_TRY(may_move, devices_that_may_move(parts));
  }
  CutOffMoves cut_off(std::move(may_move));
  Untold untold;
  for (JournalEntry& entry : parts.journal.after(after)) {
    if (applied.contains(entry.number) || cut_off.include(entry)) continue;
    untold[entry.kind].insert(std::move(entry.subject));
  }
  return untold;
}

bool tells(const Untold& untold, JournalKind kind, const Bytes& subject) {
  const auto found = untold.find(kind);
  return found != untold.end() && found->second.contains(subject);
}

enum class Fate { lives, stopped, erased };

Result<Fate> fate_of(const SettleParts& parts, const Untold& untold, bool restored, const keyd::PersonId& person,
                     const Bytes& credential_id_lookup) {
  MIBUN_TRY(const Bytes erased, NoReturn::account_subject(parts.keys, JournalKind::account_erased, person));
  if (tells(untold, JournalKind::account_erased, erased)) return Fate::erased;
  if (restored) {
    // Whose key the key holder has destroyed is erased, whatever else is lost.
    MIBUN_TRY(const bool has_key, parts.keys.has_person_key(person));
    if (!has_key) return Fate::erased;
  }
  MIBUN_TRY(const Bytes stopped, NoReturn::account_subject(parts.keys, JournalKind::account_stopped, person));
  MIBUN_TRY(const Bytes unit, NoReturn::unit_subject(parts.keys, credential_id_lookup));
  // Of a replaced device this database does not know the one that took its place: neither may act.
  const bool moved = tells(untold, JournalKind::unit_moved, unit) || tells(untold, JournalKind::unit_replaced, unit);
  const bool ends = tells(untold, JournalKind::account_stopped, stopped) || moved;
  return ends ? Fate::stopped : Fate::lives;
}

Status settle_accounts(const SettleParts& parts, const Untold& untold, bool restored, Settled& settled) {
  MIBUN_TRY(const auto rows, parts.database.rows("SELECT account_id, credential_id_lookup, state FROM accounts WHERE "
                                                 "state <> 'erased' ORDER BY account_id"));
  for (const database::Row& row : rows) {
    const keyd::PersonId person{row.text(0)};
    MIBUN_TRY(const Fate fate, fate_of(parts, untold, restored, person, row.blob(1)));
    if (fate == Fate::erased) {
      MIBUN_CHECK(parts.erasure.erase_untold(person));
      ++settled.erased;
    } else if (fate == Fate::stopped && row.text(2) == "active") {
      MIBUN_CHECK(parts.database.write([&](Transaction& transaction) -> Status {
        MIBUN_CHECK(transaction.run(
            "UPDATE accounts SET state = 'revoked', closed_at = $2, revocation_lookup = NULL WHERE account_id = $1",
            person.value, parts.clock.now().unix_milliseconds()));
        return {};
      }));
      ++settled.stopped;
    }
  }
  return {};
}

Status settle_cards(const SettleParts& parts, const Untold& untold, Settled& settled) {
  if (!untold.contains(JournalKind::cards_revoked)) return {};
  MIBUN_TRY(const auto rows, parts.database.rows("SELECT DISTINCT issuance_id FROM status_entries WHERE value = 0"));
  for (const database::Row& row : rows) {
    MIBUN_TRY(const Bytes subject, NoReturn::cards_subject(parts.keys, row.text(0)));
    if (!tells(untold, JournalKind::cards_revoked, subject)) continue;
    MIBUN_CHECK(parts.database.write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("UPDATE status_entries SET value = 1 WHERE issuance_id = $1", row.text(0)));
      return {};
    }));
    ++settled.revoked_issuances;
  }
  return {};
}

Status end_what_may_have_been_used(const SettleParts& parts, const RestoreMarker& marker) {
  return parts.database.write([&](Transaction& transaction) -> Status {
    for (const TableAfterRestore& table : tables_after_restore()) {
      if (!table.end.empty()) MIBUN_CHECK(transaction.execute(table.end, {}));
    }
    MIBUN_CHECK(parts.status_lists.close_lists(transaction));
    if (marker.without_journal) MIBUN_CHECK(transaction.run("UPDATE status_entries SET value = 1"));
    MIBUN_CHECK(transaction.run("INSERT INTO restores (restored_at, generation, made_at) VALUES ($1, $2, $3)",
                                parts.clock.now().unix_milliseconds(), marker.generation,
                                marker.made_at.unix_milliseconds()));
    return {};
  });
}

Status remember(database::Database& database, const JournalPosition& position, const Bytes& keys_identity) {
  return database.write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "INSERT INTO journal_state (one, number, chain, keys_identity) VALUES (1, $1, $2, $3) ON CONFLICT (one) DO "
        "UPDATE SET number = $1, chain = $2",
        static_cast<std::int64_t>(position.number), BytesView(position.chain), keys_identity));
    MIBUN_CHECK(
        transaction.run("DELETE FROM journal_applied WHERE number <= $1", static_cast<std::int64_t>(position.number)));
    return {};
  });
}

Status check_belonging(const SettleParts& parts, const std::optional<Known>& known, const Bytes& keys_identity,
                       bool without_journal) {
  if (!known) {
    if (without_journal || parts.journal.knows({})) return {};
    MIBUN_TRY(const auto anybody, parts.database.row("SELECT 1 FROM accounts LIMIT 1"));
    if (!anybody) return {};
    return fail(ErrorCode::backup_integrity_error, "journal", "it has forgotten what this database was never told");
  }
  if (known->keys_identity != keys_identity) {
    return fail(ErrorCode::keyd_integrity_error, "keyd",
                "this key holder is not the one that this database belongs to");
  }
  if (!without_journal && !parts.journal.knows(known->position)) {
    return fail(ErrorCode::backup_integrity_error, "journal",
                "the journal is older than this database, or another's: put the right one back");
  }
  return {};
}

}  // namespace

Result<std::uint64_t> catch_up(database::Database& database, const Journal& journal) {
  MIBUN_TRY(const auto known, read_known(database));
  if (!known) return 0;
  MIBUN_TRY(const auto rows, database.rows("SELECT number FROM journal_applied"));
  std::set<std::uint64_t> applied;
  for (const database::Row& row : rows) applied.insert(static_cast<std::uint64_t>(row.integer(0)));
  JournalPosition position = known->position;
  for (const JournalEntry& entry : journal.after(position.number)) {
    if (!applied.contains(entry.number)) break;
    position = {entry.number, entry.chain};
  }
  if (position != known->position) MIBUN_CHECK(remember(database, position, known->keys_identity));
  return position.number;
}

Result<Settled> settle(const SettleParts& parts) {
  Settled settled;
  MIBUN_TRY(const auto marker, RestoreMarker::read(parts.data_directory));
  settled.restored = marker.has_value();
  MIBUN_TRY(const auto known, read_known(parts.database));
  MIBUN_TRY(const Bytes keys_identity, parts.keys.lookup_hash("database_identity", as_bytes("mibun")));
  const bool without_journal = marker && marker->without_journal;
  MIBUN_CHECK(check_belonging(parts, known, keys_identity, without_journal));
  if (without_journal) {  // the numbers of another journal
    MIBUN_CHECK(parts.database.write([](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("DELETE FROM journal_applied"));
      return {};
    }));
  }
  const JournalPosition position = parts.journal.position();
  MIBUN_TRY(const Untold untold,
            read_untold(parts, known && !without_journal ? known->position.number : 0, settled.restored));
  if (marker || !untold.empty()) MIBUN_CHECK(settle_accounts(parts, untold, settled.restored, settled));
  MIBUN_CHECK(settle_cards(parts, untold, settled));
  if (marker) MIBUN_CHECK(end_what_may_have_been_used(parts, *marker));
  if (!known || known->position != position) MIBUN_CHECK(remember(parts.database, position, keys_identity));
  if (!marker) return settled;
  const std::string path = RestoreMarker::path(parts.data_directory);
  if (::unlink(path.c_str()) != 0) return fail(ErrorCode::io_error, path, "cannot be removed");
  MIBUN_CHECK(files::sync_directory(parts.data_directory));
  log::warning("restored", {{"generation", marker->generation},
                            {"erased", settled.erased},
                            {"stopped", settled.stopped},
                            {"revoked_issuances", settled.revoked_issuances}});
  return settled;
}

}  // namespace mibun::server
