#include "server/reports/service.h"

#include <algorithm>
#include <array>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

constexpr records::ClassId kRecordClass = "reports";
constexpr std::string_view kRegion = "JP";
constexpr std::size_t kIdBytes = 16;

// The person's is part of it, so that an id stands for nobody else's report.
std::string report_id_of(const keyd::PersonId& person, std::string_view id) {
  const auto digest = crypto::sha256("report\n" + person.value + "\n" + std::string(id));
  return "r" + base64url::encode(BytesView(digest).first(kIdBytes));  // never a hyphen first: staff type it
}

}  // namespace

bool is_report_reason(std::string_view code) {
  static constexpr auto kReasons =
      std::to_array<std::string_view>({"asked_too_much", "not_what_it_said", "pressure", "looks_fake", "other"});
  return std::ranges::find(kReasons, code) != kReasons.end();
}

json::Object ReportService::Report::to_json() const {
  return {{"reason_code", reason_code},
          {"client_id", client_id},
          {"organization", organization},
          {"on", on},
          {"text", text}};
}

Result<ReportService::Kept> ReportService::keep(const keyd::PersonId& person, std::string_view id,
                                                const Report& report) {
  Kept kept{report_id_of(person, id), clock_.now()};
  bool fresh = false;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto known, transaction.row("SELECT at FROM reports WHERE report_id = $1", kept.report_id));
    fresh = !known;
    if (known) {
      kept.at = Instant::from_unix_milliseconds(known->integer(0));
      return {};
    }
    MIBUN_TRY(const Bytes sealed,
              keys_.seal(person, {kRecordClass, kept.report_id}, as_bytes(json::serialize(report.to_json()))));
    MIBUN_CHECK(
        transaction.run("INSERT INTO reports (report_id, account_id, region, at, sealed) VALUES ($1, $2, $3, $4, $5)",
                        kept.report_id, person.value, kRegion, kept.at.unix_milliseconds(), sealed));
    return history_.record(transaction, person, HistoryKind::partner_reported,
                           json::Object{{"report_id", kept.report_id}});
  }));
  if (fresh) log::info("report_received");
  return kept;
}

Result<std::vector<ReportService::Kept>> ReportService::list() {
  MIBUN_TRY(const auto rows, database_.rows("SELECT report_id, at FROM reports ORDER BY rowid DESC LIMIT 1000"));
  std::vector<Kept> reports;
  for (const database::Row& row : rows) {
    reports.push_back({row.text(0), Instant::from_unix_milliseconds(row.integer(1))});
  }
  return reports;
}

Result<ReportService::Opened> ReportService::open(std::string_view report_id, std::string_view reader_name) {
  std::optional<database::Row> row;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row,
              transaction.row("SELECT report_id, at, account_id, sealed FROM reports WHERE report_id = $1", report_id));
    if (!row) return fail(ErrorCode::route_not_found, "report");
    return history_.record(transaction, keyd::PersonId{row->text(2)}, HistoryKind::report_viewed,
                           json::Object{{"reviewer", reader_name}});
  }));
  Opened opened{{row->text(0), Instant::from_unix_milliseconds(row->integer(1))}, {}};
  MIBUN_TRY(const Bytes text,
            keys_.open(keyd::PersonId{row->text(2)}, {kRecordClass, opened.kept.report_id}, row->blob(3)));
  MIBUN_TRY(opened.content, json::parse_object(as_text(text)));
  return opened;
}

Status ReportService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM reports WHERE account_id = $1", person.value));
  return {};
}

}  // namespace mibun::server
