#include "server/journal/no_return.h"

#include <optional>
#include <utility>
#include <vector>

#include "platform/log/log.h"

namespace mibun::server {
namespace {

// Of one append; the rest follows.
constexpr std::int64_t kLinesAtOnce = 1000;

// On the writer's thread, of the unit of work that it does: whether the journal must be written before it is told.
thread_local bool* needs_journal = nullptr;

struct Noting {
  explicit Noting(bool& place) : before(std::exchange(needs_journal, &place)) { place = false; }
  ~Noting() { needs_journal = before; }
  Noting(const Noting&) = delete;
  Noting& operator=(const Noting&) = delete;
  bool* before;
};

Status note_applied(database::Transaction& transaction, std::uint64_t number) {
  MIBUN_CHECK(transaction.run("INSERT INTO journal_applied (number) VALUES ($1)", static_cast<std::int64_t>(number)));
  return {};
}

}  // namespace

Result<Bytes> NoReturn::account_subject(keyd::KeyHolder& keys, JournalKind kind, const keyd::PersonId& person) {
  // Two domains: from the journal alone nobody sees that a stopped account was erased later.
  return keys.lookup_hash(kind == JournalKind::account_erased ? "journal_erased" : "journal_stopped",
                          as_bytes(person.value));
}

Result<Bytes> NoReturn::cards_subject(keyd::KeyHolder& keys, const std::string& issuance_id) {
  return keys.lookup_hash("journal_cards", as_bytes(issuance_id));
}

Result<Bytes> NoReturn::unit_subject(keyd::KeyHolder& keys, BytesView credential_id_lookup) {
  return keys.lookup_hash("journal_unit", credential_id_lookup);
}

Result<std::uint64_t> NoReturn::erasing(const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes subject, account_subject(keys_, JournalKind::account_erased, person));
  MIBUN_TRY(const auto numbers, journal_.append(JournalKind::account_erased, {&subject, 1}, clock_.now()));
  return numbers.front();
}

Status NoReturn::erased(database::Transaction& transaction, std::uint64_t line) {
  return note_applied(transaction, line);
}

void NoReturn::relies_on_earlier() {
  MIBUN_INVARIANT(needs_journal != nullptr);  // else nobody would write the journal afterwards
  *needs_journal = true;
}

Status NoReturn::put(database::Transaction& transaction, JournalKind kind, std::span<const Bytes> subjects) {
  relies_on_earlier();
  // One deed may find out that the journal takes nothing; the next ones are not even done.
  if (stuck_ && !subjects.empty()) return fail(ErrorCode::unavailable, "journal", "it takes nothing at the moment");
  for (const Bytes& subject : subjects) {
    MIBUN_CHECK(
        transaction.run("INSERT INTO journal_outbox (kind, subject) VALUES ($1, $2)", to_string(kind), subject));
  }
  return {};
}

Status NoReturn::account_stopped(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes subject, account_subject(keys_, JournalKind::account_stopped, person));
  return put(transaction, JournalKind::account_stopped, {&subject, 1});
}

Status NoReturn::unit_moved(database::Transaction& transaction, BytesView credential_id_lookup) {
  MIBUN_TRY(const Bytes subject, unit_subject(keys_, credential_id_lookup));
  return put(transaction, JournalKind::unit_moved, {&subject, 1});
}

Status NoReturn::cards_revoked(database::Transaction& transaction, std::span<const std::string> issuance_ids) {
  std::vector<Bytes> subjects;
  std::optional<Error> missing;
  // All are asked for, though one is not at hand: a rehearsal then needs them once, not one by one.
  for (const std::string& issuance_id : issuance_ids) {
    auto subject = cards_subject(keys_, issuance_id);
    if (subject) subjects.push_back(std::move(*subject));
    if (!subject && !missing) missing = std::move(subject.error());
  }
  if (missing) return std::unexpected(std::move(*missing));
  return put(transaction, JournalKind::cards_revoked, subjects);
}

Status NoReturn::publish() {
  // One after the other: who comes second finds what the first one has written, and waited for it.
  const std::scoped_lock lock(publishing_);
  const Status done = publish_waiting();
  if (!done && !stuck_) log::error("journal_waits", {{"code", to_string(done.error().code)}});
  if (done && stuck_) log::info("journal_goes_on");
  stuck_ = !done;
  return done;
}

// Cut off between its two halves, it writes the same lines once more at the next start, which change nothing.
Status NoReturn::publish_waiting() {
  for (;;) {
    MIBUN_TRY(const auto rows, database_.rows("SELECT entry_id, kind, subject FROM journal_outbox ORDER BY entry_id "
                                              "LIMIT $1",
                                              kLinesAtOnce));
    if (rows.empty()) return {};
    std::vector<Journal::Line> lines;
    for (const database::Row& row : rows) {
      const auto kind = journal_kind(row.text(1));
      if (!kind) return fail(ErrorCode::database_error, "journal_outbox", "a line of no kind that there is");
      lines.push_back({*kind, row.blob(2)});
    }
    MIBUN_TRY(const auto numbers, journal_.append(lines, clock_.now()));
    MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
      for (const std::uint64_t number : numbers) MIBUN_CHECK(note_applied(transaction, number));
      MIBUN_CHECK(transaction.run("DELETE FROM journal_outbox WHERE entry_id <= $1", rows.back().integer(0)));
      return {};
    }));
  }
}

Status JournaledDatabase::write(const std::function<Status(database::Transaction&)>& work) {
  // Perhaps it takes them by now. If not, whoever needs it hears of it.
  if (no_return_.is_stuck()) static_cast<void>(no_return_.publish());
  bool needed = false;
  MIBUN_CHECK(below().write([&](database::Transaction& transaction) -> Status {
    const Noting noting(needed);
    return work(transaction);
  }));
  return needed ? no_return_.publish() : Status();
}

}  // namespace mibun::server
