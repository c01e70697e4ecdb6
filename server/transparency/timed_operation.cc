#include "server/transparency/timed_operation.h"

#include <algorithm>
#include <utility>

#include "server/transparency/operation_names.h"

namespace mibun::server {
namespace {

TimedOperation*& on_this_thread() {
  static thread_local TimedOperation* running = nullptr;
  return running;
}

// Counts what a transaction changes.
class Counting final : public database::Transaction {
 public:
  explicit Counting(database::Transaction& inner) : inner_(inner) {}
  Result<std::int64_t> execute(std::string_view sql, std::span<const database::Value> parameters) override {
    auto changed = inner_.execute(sql, parameters);
    if (changed) changed_ = changed_ || *changed > 0;
    return changed;
  }
  Result<std::vector<database::Row>> query(std::string_view sql, std::span<const database::Value> parameters) override {
    auto found = inner_.query(sql, parameters);
    // DELETE ... RETURNING says what it changed; of anything else that does not read nobody knows.
    const bool knows = sql.starts_with("SELECT") || sql.find("RETURNING") != std::string_view::npos;
    const bool reads = sql.starts_with("SELECT") || (found && found->empty());
    if (!knows || !reads) changed_ = true;
    return found;
  }
  bool changed() const { return changed_; }

 private:
  database::Transaction& inner_;
  bool changed_ = false;
};

}  // namespace

TimedOperation::TimedOperation(OperationLog& log, std::string_view name)
    : log_(log), name_(name), outer_(std::exchange(on_this_thread(), this)) {
  MIBUN_INVARIANT(std::ranges::find(timed_operations(), name, &TimedName::name) != timed_operations().end());
}

TimedOperation::~TimedOperation() {
  on_this_thread() = outer_;
}

TimedOperation* TimedOperation::current() {
  return on_this_thread();
}

Result<bool> TimedOperation::may_begin(database::Database& database,
                                       const std::function<Status(database::Transaction&)>& work) {
  if (intent_) return true;
  bool changes = false, tried = false;
  const Status taken_back = database.write([&](database::Transaction& transaction) -> Status {
    Counting counting(transaction);
    MIBUN_CHECK(work(counting));
    tried = true;
    changes = counting.changed();
    return fail(ErrorCode::cancelled, name_, "only asked");
  });
  if (!tried) return std::unexpected<Error>(taken_back.error());
  if (!changes) return false;
  MIBUN_TRY(intent_, log_.announce(name_));
  return true;
}

void TimedOperation::end(const Status& done) {
  if (!intent_) return;
  const std::string_view outcome = done ? OperationLog::kOk : to_string(done.error().code);
  log_.conclude({*intent_, name_, std::string(outcome), {}});
}

Status run_timed(OperationLog& log, std::string_view name, const std::function<Status()>& deed) {
  TimedOperation operation(log, name);
  Status done = deed();
  operation.end(done);
  return done;
}

}  // namespace mibun::server
