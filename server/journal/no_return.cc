#include "server/journal/no_return.h"

namespace mibun::server {

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

Status NoReturn::write(database::Transaction& transaction, JournalKind kind, std::span<const Bytes> subjects) {
  MIBUN_TRY(const auto numbers, journal_.append(kind, subjects, clock_.now()));
  for (const std::uint64_t number : numbers) {
    MIBUN_CHECK(transaction.run("INSERT INTO journal_applied (number) VALUES ($1)", static_cast<std::int64_t>(number)));
  }
  return {};
}

Status NoReturn::account_erased(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes subject, account_subject(keys_, JournalKind::account_erased, person));
  return write(transaction, JournalKind::account_erased, {&subject, 1});
}

Status NoReturn::account_stopped(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const Bytes subject, account_subject(keys_, JournalKind::account_stopped, person));
  return write(transaction, JournalKind::account_stopped, {&subject, 1});
}

Status NoReturn::unit_replaced(database::Transaction& transaction, BytesView credential_id_lookup) {
  MIBUN_TRY(const Bytes subject, unit_subject(keys_, credential_id_lookup));
  return write(transaction, JournalKind::unit_replaced, {&subject, 1});
}

Status NoReturn::cards_revoked(database::Transaction& transaction, std::span<const std::string> issuance_ids) {
  std::vector<Bytes> subjects;
  for (const std::string& issuance_id : issuance_ids) {
    MIBUN_TRY(subjects.emplace_back(), cards_subject(keys_, issuance_id));
  }
  return write(transaction, JournalKind::cards_revoked, subjects);
}

}  // namespace mibun::server
