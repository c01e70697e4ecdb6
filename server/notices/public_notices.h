#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/database/database.h"

namespace mibun::server {

inline constexpr std::size_t kPublicNoticeTextBytesMax = 1000;

struct PublicNotice {
  std::string id, kind, text_ja, text_en;  // kind: incident, maintenance, change
  Instant published_at;
  std::optional<Instant> until;  // none: until it is withdrawn
  std::string published_by;      // of the staff; not shown to the public
  std::optional<Instant> withdrawn_at;
  std::string withdrawn_by;
};

// What everybody is told: that something is broken, will be away, or changes.
class PublicNotices {
 public:
  PublicNotices(database::Database& database, const Clock& clock, Rng& rng)
      : database_(database), clock_(clock), rng_(rng) {}

  struct Draft {
    std::string kind, text_ja, text_en;
    std::optional<Instant> until;
  };
  // Errors: request_malformed (another kind; a text that is empty, too long or has control characters; an end that has
  // passed).
  Result<PublicNotice> publish(Draft draft, std::string_view staff_id);
  // Once: who withdrew it stays. Errors: notice_not_found (also: withdrawn already).
  Result<Instant> withdraw(std::string_view notice_id, std::string_view staff_id);

  // Neither withdrawn nor over, newest first, at most 20.
  Result<std::vector<PublicNotice>> current();
  // All of them for the staff, newest first, at most 100.
  Result<std::vector<PublicNotice>> all();

 private:
  database::Database& database_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
