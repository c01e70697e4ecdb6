#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What a person is told while they are not looking. The words for it belong to the wallet; no values of a person are in
// a notice.
enum class NoticeKind { case_approved, case_rejected, case_more_needed, card_revoked, inquiry_answered, file_lost };
std::string_view to_string(NoticeKind kind);

class NoticeRecorder {
 public:
  virtual ~NoticeRecorder() = default;
  // In the transaction of the effect itself.
  virtual Status notify(database::Transaction& transaction, const keyd::PersonId& person, NoticeKind kind) = 0;
};

// Takes along that there is a notice, for the person's browser if it wants to be told.
class NoticeCarrier {
 public:
  virtual ~NoticeCarrier() = default;
  virtual Status carry(database::Transaction& transaction, const keyd::PersonId& person, const std::string& notice_id,
                       NoticeKind kind) = 0;
};

}  // namespace mibun::server
