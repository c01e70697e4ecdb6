#include "server/transparency/running_operation.h"

#include "server/transparency/timed_operation.h"

namespace mibun::server {

RunningOperation*& RunningOperation::current() {
  static thread_local RunningOperation* running = nullptr;
  return running;
}

RunningOperation::RunningOperation() : outer_(current()) {
  current() = this;
}

RunningOperation::~RunningOperation() {
  current() = outer_;
}

void RunningOperation::is_about(const keyd::PersonId& person) {
  RunningOperation* const running = current();
  if (running != nullptr && !running->person_) running->person_ = person;
}

Status CarryingDatabase::write(const std::function<Status(database::Transaction&)>& work) {
  if (TimedOperation* const timed = TimedOperation::current()) {
    MIBUN_TRY(const bool begun, timed->may_begin(below(), work));
    if (!begun) return {};  // it would change nothing
  }
  return write_carrying(work);
}

Status CarryingDatabase::write_carrying(const std::function<Status(database::Transaction&)>& work) {
  RunningOperation* const running = RunningOperation::current();
  if (running == nullptr) return below().write(work);
  // The caller waits until the work is done, so nobody else touches what is carried.
  return below().write([&](database::Transaction& transaction) -> Status {
    struct Carry {
      explicit Carry(RunningOperation* carried) : before(RunningOperation::current()) {
        RunningOperation::current() = carried;
      }
      ~Carry() { RunningOperation::current() = before; }
      Carry(const Carry&) = delete;
      Carry& operator=(const Carry&) = delete;
      RunningOperation* before;
    };
    const Carry carry(running);
    return work(transaction);
  });
}

}  // namespace mibun::server
