#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/notices/recorder.h"

namespace mibun::server {

// Notices to one person, kept until the account goes.
class NoticeService final : public NoticeRecorder, public ErasablePart {
 public:
  NoticeService(database::Database& database, keyd::KeyHolder& keys, NoticeCarrier& carrier, const Clock& clock,
                Rng& rng)
      : database_(database), keys_(keys), carrier_(carrier), clock_(clock), rng_(rng) {}

  Status notify(database::Transaction& transaction, const keyd::PersonId& person, NoticeKind kind) override;

  // [{id, at (JST), kind, read}], newest first, at most 200.
  Result<json::Array> list(const keyd::PersonId& person);
  // Once more does no harm. Errors: notice_not_found (also somebody else's).
  Status mark_read(const keyd::PersonId& person, std::string_view notice_id);

  std::string_view record_class() const override { return "notices"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;

 private:
  database::Database& database_;
  keyd::KeyHolder& keys_;
  NoticeCarrier& carrier_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
