#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What a person sees in their history that the server did or knows of. What is shared or refused is known to the wallet
// only and comes from there, encrypted by it (the gateway does not know which account presents).
enum class HistoryKind {
  registered,
  terms_accepted,  // a later version
  proofing_started,
  evidence_accepted,
  proofing_approved,
  proofing_rejected,
  proofing_asked_again,      // photos are needed, or better ones
  proofing_photos_accepted,  // those that were asked for
  proofing_appealed,
  staff_viewed,
  card_offered,
  card_deferred,  // asked for while the case is under review
  card_received,
  card_stored,      // the wallet said so
  card_not_stored,  // the wallet could not keep it, or its person did not want it
  card_deleted,     // the wallet said so
  card_revoked,
  partner_reported,
  report_viewed,  // by staff
  inquiry_sent,
  inquiry_viewed,  // by staff
  inquiry_answered,
  file_lost,    // of their evidence: no copy is left
  device_moved  // to another device; all cards of the old one were revoked
};
std::string_view to_string(HistoryKind kind);

class HistoryRecorder {
 public:
  virtual ~HistoryRecorder() = default;
  // In the transaction of the effect itself. `details` are sealed under the person's key; no attribute values
  // (promise 16c).
  virtual Status record(database::Transaction& transaction, const keyd::PersonId& person, HistoryKind kind,
                        const json::Object& details) = 0;
  // Asks the key holder what record() will ask, for keyd::AskedAhead.
  virtual void ask_ahead(const keyd::PersonId& /*person*/, HistoryKind /*kind*/, const json::Object& /*details*/) {}
};

}  // namespace mibun::server
