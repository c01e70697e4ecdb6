#include "server/issuance/status_lists.h"

#include <algorithm>
#include <charconv>

#include "core/status_list/status_list.h"
#include "core/status_list/status_token.h"

namespace mibun::server {
namespace {

constexpr std::int64_t kListSize = 65'536;  // 8 KiB before compression
constexpr std::int64_t kListFill = 60'000;  // past it a new list is opened, so that a free index is found quickly
constexpr auto kTokenLifetime = std::chrono::hours(24);
constexpr auto kTokenRenewal = std::chrono::hours(1);
constexpr auto kTimeToLive = std::chrono::seconds(60);  // a revoked card is refused everywhere within it (promise 07d)

std::int64_t random_index(Rng& rng) {
  std::uint32_t value = 0;
  const Bytes bytes = rng.bytes(4);
  for (const std::uint8_t byte : bytes) value = value << 8U | byte;
  return value % kListSize;  // 65,536 divides 2^32: no bias
}

}  // namespace

Result<std::int64_t> StatusLists::open_list(database::Transaction& transaction) {
  MIBUN_TRY(auto open,
            transaction.row("SELECT list_id FROM status_lists WHERE used < $1 AND closed_at IS NULL ORDER BY list_id "
                            "LIMIT 1",
                            kListFill));
  if (open) return open->integer(0);
  MIBUN_TRY(auto last,
            transaction.row("SELECT COALESCE(MAX(list_id), 0), COALESCE(MAX(closed_at), 0) FROM status_lists"));
  // After a restore nobody knows which lists were opened since the backup. Numbers go on from the second of the
  // restore, which none of them can have reached.
  const std::int64_t list_id = std::max(last->integer(0), last->integer(1) / 1000) + 1;
  MIBUN_CHECK(transaction.run("INSERT INTO status_lists (list_id, size) VALUES ($1, $2)", list_id, kListSize));
  return list_id;
}

Result<std::vector<status_list::StatusReference>> StatusLists::take(database::Transaction& transaction,
                                                                    const keyd::PersonId& person,
                                                                    std::string_view issuance_id, std::size_t count) {
  MIBUN_TRY(const std::int64_t list_id, open_list(transaction));
  std::vector<status_list::StatusReference> taken;
  while (taken.size() < count) {
    const std::int64_t index = random_index(rng_);
    MIBUN_TRY(const std::int64_t inserted,
              transaction.run("INSERT INTO status_entries (list_id, idx, account_id, issuance_id) VALUES ($1, $2, $3, "
                              "$4) ON CONFLICT (list_id, idx) DO NOTHING",
                              list_id, index, person.value, issuance_id));
    if (inserted == 1) taken.push_back({.uri = uri_of(list_id), .index = static_cast<std::uint64_t>(index)});
  }
  MIBUN_CHECK(transaction.run("UPDATE status_lists SET used = used + $2 WHERE list_id = $1", list_id,
                              static_cast<std::int64_t>(count)));
  return taken;
}

Status StatusLists::revoke_issuance(database::Transaction& transaction, std::string_view issuance_id) {
  MIBUN_TRY(const auto valid,
            transaction.row("SELECT 1 FROM status_entries WHERE issuance_id = $1 AND value = 0 LIMIT 1", issuance_id));
  NoReturn::relies_on_earlier();
  if (!valid) return {};
  const std::string id(issuance_id);
  MIBUN_CHECK(no_return_.cards_revoked(transaction, {&id, 1}));
  MIBUN_CHECK(transaction.run("UPDATE status_entries SET value = 1 WHERE issuance_id = $1", issuance_id));
  return {};
}

Status StatusLists::revoke_all(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const auto rows,
            transaction.rows("SELECT DISTINCT issuance_id FROM status_entries WHERE account_id = $1 AND value = 0",
                             person.value));
  std::vector<std::string> issuances;
  for (const database::Row& row : rows) issuances.push_back(row.text(0));
  MIBUN_CHECK(no_return_.cards_revoked(transaction, issuances));
  MIBUN_CHECK(transaction.run("UPDATE status_entries SET value = 1 WHERE account_id = $1", person.value));
  return {};
}

Status StatusLists::close_lists(database::Transaction& transaction) {
  MIBUN_CHECK(transaction.run("UPDATE status_lists SET closed_at = $1 WHERE closed_at IS NULL",
                              clock_.now().unix_milliseconds()));
  return {};
}

Result<StatusLists::List> StatusLists::read_list(std::int64_t list_id) {
  List list;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(auto row, transaction.row("SELECT size, closed_at FROM status_lists WHERE list_id = $1", list_id));
    if (!row) return {};
    list.size = row->integer(0);
    if (row->is_null(1)) {
      MIBUN_TRY(auto rows, transaction.rows("SELECT idx FROM status_entries WHERE list_id = $1 AND value <> 0 ORDER BY "
                                            "idx",
                                            list_id));
      for (const database::Row& entry : rows) list.set.push_back(entry.integer(0));
      return {};
    }
    // Closed by a restore: a copy that this database does not know of cannot be revoked when it has to be.
    MIBUN_TRY(auto rows, transaction.rows(
                             "SELECT idx FROM status_entries WHERE list_id = $1 AND value = 0 ORDER BY idx", list_id));
    std::int64_t next = 0;
    for (const database::Row& entry : rows) {
      for (; next < entry.integer(0); ++next) list.set.push_back(next);
      next = entry.integer(0) + 1;
    }
    for (; next < list.size; ++next) list.set.push_back(next);
    return {};
  }));
  return list;
}

Result<std::string> StatusLists::sign(const std::string& uri, std::int64_t size, const std::vector<std::int64_t>& set,
                                      Instant now) {
  MIBUN_TRY(auto list, status_list::StatusList::make(1, static_cast<std::uint64_t>(size)));
  for (const std::int64_t index : set) {
    MIBUN_CHECK(list.set(static_cast<std::uint64_t>(index), status_list::kInvalid));
  }
  const status_list::StatusTokenTimes times{
      .issued_at = now, .expires_at = now + kTokenLifetime, .time_to_live = kTimeToLive};
  const SigningIdentity& issuer = trust_.credential_issuer();
  return status_list::issue_status_list_token(uri, times, list, *issuer.signer, issuer.chain);
}

Result<std::string> StatusLists::token_for(const std::string& uri) {
  const std::string prefix = public_origin_ + "/status/";
  std::int64_t list_id = 0;
  if (!uri.starts_with(prefix)) return fail(ErrorCode::status_list_unavailable, "uri", "not one of our lists");
  const char* end = uri.data() + uri.size();
  const auto [stop, failed] = std::from_chars(uri.data() + prefix.size(), end, list_id);
  if (failed != std::errc() || stop != end || uri_of(list_id) != uri) {
    return fail(ErrorCode::status_list_unavailable, "uri", "not one of our lists");
  }
  MIBUN_TRY(List list, read_list(list_id));
  if (list.size == 0) return fail(ErrorCode::status_list_unavailable, "uri", "not one of our lists");
  const Instant now = clock_.now();
  const std::scoped_lock lock(mutex_);
  Signed& kept = signed_[list_id];
  if (!kept.token.empty() && kept.set == list.set && now < kept.good_until) return kept.token;
  MIBUN_TRY(kept.token, sign(uri, list.size, list.set, now));
  kept.set = std::move(list.set);
  kept.good_until = now + kTokenRenewal;
  return kept.token;
}

}  // namespace mibun::server
