#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"

namespace mibun::server {

// What a person reports about an organisation that asked them: kept for staff, sealed under the person's key. Whoever
// opens one is written into the person's history.
class ReportService final : public ErasablePart {
 public:
  ReportService(database::Database& database, keyd::KeyHolder& keys, HistoryRecorder& history, const Clock& clock)
      : database_(database), keys_(keys), history_(history), clock_(clock) {}

  struct Report {
    std::string reason_code;   // is_report_reason
    std::string client_id;     // as the organisation asked
    std::string organization;  // as it was shown to the person
    std::string on;            // the day: "2026-11-28"
    std::string text;          // the person's own words; may be empty

    json::Object to_json() const;
  };
  struct Kept {
    std::string report_id;
    Instant at;
  };
  // `id`: the wallet's own; the same one again is answered as the first time, and changes nothing.
  Result<Kept> keep(const keyd::PersonId& person, std::string_view id, const Report& report);

  // Newest first, at most 1,000; nothing of what they say.
  Result<std::vector<Kept>> list();
  struct Opened {
    Kept kept;
    json::Object content;  // Report::to_json
  };
  // The person's history says who looked. Errors: route_not_found.
  Result<Opened> open(std::string_view report_id, std::string_view reader_name);

  std::string_view record_class() const override { return "reports"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;

 private:
  database::Database& database_;
  keyd::KeyHolder& keys_;
  HistoryRecorder& history_;
  const Clock& clock_;
};

// asked_too_much, not_what_it_said, pressure, looks_fake, other
bool is_report_reason(std::string_view code);

}  // namespace mibun::server
