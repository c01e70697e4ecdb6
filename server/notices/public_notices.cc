#include "server/notices/public_notices.h"

#include <algorithm>
#include <array>

#include "core/codecs/typed_id.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::array<std::string_view, 3> kKinds{"incident", "maintenance", "change"};

bool is_text(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= kPublicNoticeTextBytesMax && std::ranges::none_of(text, control);
}

std::optional<Instant> time_of(const database::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant::from_unix_milliseconds(row.integer(column));
}

PublicNotice notice_of(const database::Row& row) {
  return {.id = row.text(0),
          .kind = row.text(1),
          .text_ja = row.text(2),
          .text_en = row.text(3),
          .published_at = *time_of(row, 4),
          .until = time_of(row, 5),
          .published_by = row.text(6),
          .withdrawn_at = time_of(row, 7),
          .withdrawn_by = row.is_null(8) ? "" : row.text(8)};
}

std::vector<PublicNotice> notices_of(const std::vector<database::Row>& rows) {
  std::vector<PublicNotice> notices;
  for (const database::Row& row : rows) notices.push_back(notice_of(row));
  return notices;
}

}  // namespace

Result<PublicNotice> PublicNotices::publish(Draft draft, std::string_view staff_id) {
  const Instant now = clock_.now();
  if (std::ranges::find(kKinds, draft.kind) == kKinds.end()) {
    return fail(ErrorCode::request_malformed, "kind", "incident, maintenance or change");
  }
  if (!is_text(draft.text_ja) || !is_text(draft.text_en)) {
    return fail(ErrorCode::request_malformed, "text", "1 to 1,000 bytes in each language, on one line");
  }
  if (draft.until && *draft.until <= now) return fail(ErrorCode::request_malformed, "until", "it has passed");
  PublicNotice notice{.id = make_typed_id(rng_, kIdBytes),
                      .kind = std::move(draft.kind),
                      .text_ja = std::move(draft.text_ja),
                      .text_en = std::move(draft.text_en),
                      .published_at = now,
                      .until = draft.until,
                      .published_by = std::string(staff_id),
                      .withdrawn_at = {},
                      .withdrawn_by = {}};
  std::optional<std::int64_t> until;
  if (notice.until) until = notice.until->unix_milliseconds();
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "INSERT INTO public_notices (notice_id, kind, text_ja, text_en, published_at, published_by, until) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        notice.id, notice.kind, notice.text_ja, notice.text_en, now.unix_milliseconds(), staff_id, until));
    return {};
  }));
  log::info("notice_published", {{"staff", staff_id}, {"kind", notice.kind}});
  return notice;
}

Result<Instant> PublicNotices::withdraw(std::string_view notice_id, std::string_view staff_id) {
  const Instant now = clock_.now();
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t changed,
              transaction.run("UPDATE public_notices SET withdrawn_at = $2, withdrawn_by = $3 WHERE notice_id = $1 AND "
                              "withdrawn_at IS NULL",
                              notice_id, now.unix_milliseconds(), staff_id));
    if (changed != 1) return fail(ErrorCode::notice_not_found, "notice");
    return {};
  }));
  log::info("notice_withdrawn", {{"staff", staff_id}});
  return now;
}

Result<std::vector<PublicNotice>> PublicNotices::current() {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT notice_id, kind, text_ja, text_en, published_at, until, published_by, "
                           "withdrawn_at, withdrawn_by FROM public_notices WHERE withdrawn_at IS NULL AND "
                           "(until IS NULL OR until > $1) ORDER BY rowid DESC LIMIT 20",
                           clock_.now().unix_milliseconds()));
  return notices_of(rows);
}

Result<std::vector<PublicNotice>> PublicNotices::all() {
  MIBUN_TRY(const auto rows,
            database_.rows("SELECT notice_id, kind, text_ja, text_en, published_at, until, published_by, "
                           "withdrawn_at, withdrawn_by FROM public_notices ORDER BY rowid "
                           "DESC LIMIT 100"));
  return notices_of(rows);
}

}  // namespace mibun::server
