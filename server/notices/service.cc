#include "server/notices/service.h"

#include <vector>

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

constexpr records::ClassId kRecordClass = "notice";
constexpr std::size_t kIdBytes = 16;

}  // namespace

std::string_view to_string(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::case_approved:
      return "case_approved";
    case NoticeKind::case_rejected:
      return "case_rejected";
    case NoticeKind::case_more_needed:
      return "case_more_needed";
    case NoticeKind::card_revoked:
      return "card_revoked";
    case NoticeKind::inquiry_answered:
      return "inquiry_answered";
    case NoticeKind::file_lost:
      return "file_lost";
  }
  return "unknown";
}

Status NoticeService::notify(database::Transaction& transaction, const keyd::PersonId& person, NoticeKind kind) {
  const std::string id = base64url::encode(rng_.bytes(kIdBytes));
  MIBUN_TRY(const Bytes sealed, keys_.seal(person, {kRecordClass, id}, as_bytes(to_string(kind))));
  MIBUN_CHECK(transaction.run("INSERT INTO notices (notice_id, account_id, at, sealed) VALUES ($1, $2, $3, $4)", id,
                              person.value, clock_.now().unix_milliseconds(), sealed));
  return carrier_.carry(transaction, person, id, kind);
}

Result<json::Array> NoticeService::list(const keyd::PersonId& person) {
  MIBUN_TRY(const auto rows, database_.rows("SELECT notice_id, at, sealed, read_at FROM notices WHERE account_id = $1 "
                                            "ORDER BY rowid DESC LIMIT 200",
                                            person.value));
  json::Array notices;
  for (const database::Row& row : rows) {
    MIBUN_TRY(const Bytes kind, keys_.open(person, {kRecordClass, row.text(0)}, row.blob(2)));
    notices.push_back(json::Object{{"id", row.text(0)},
                                   {"at", to_jst_string(Instant::from_unix_milliseconds(row.integer(1)))},
                                   {"kind", as_text(kind)},
                                   {"read", !row.is_null(3)}});
  }
  return notices;
}

Status NoticeService::mark_read(const keyd::PersonId& person, std::string_view notice_id) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t changed,
              transaction.run("UPDATE notices SET read_at = COALESCE(read_at, $3) WHERE notice_id = $1 AND "
                              "account_id = $2",
                              notice_id, person.value, clock_.now().unix_milliseconds()));
    if (changed != 1) return fail(ErrorCode::notice_not_found, "notice");
    return {};
  });
}

Status NoticeService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM notices WHERE account_id = $1", person.value));
  return {};
}

}  // namespace mibun::server
