#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/database/database.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

// What the server does of its own accord when its time has come, on this thread: an operation with an intent and a
// result, but only where something changes. CarryingDatabase asks first, with a transaction that is taken back, whether
// it would; the intent is durable before the first row goes. A run that finds nothing leaves nothing in the log.
class TimedOperation {
 public:
  TimedOperation(OperationLog& log, std::string_view name);
  ~TimedOperation();
  TimedOperation(const TimedOperation&) = delete;
  TimedOperation& operator=(const TimedOperation&) = delete;

  // The one on this thread, or none.
  static TimedOperation* current();

  // Before `work` is done for good: whether it changes anything, and then the intent. Errors: the work's and the
  // database's, log_unavailable (nothing may be done).
  Result<bool> may_begin(database::Database& database, const std::function<Status(database::Transaction&)>& work);
  void end(const Status& done);

 private:
  OperationLog& log_;
  std::string name_;
  std::optional<std::uint64_t> intent_;
  TimedOperation* outer_;
};

// `name`: of timed_operations(); another one is our bug. Errors: log_unavailable (nothing was changed), the deed's.
Status run_timed(OperationLog& log, std::string_view name, const std::function<Status()>& deed);

}  // namespace mibun::server
